"""What a target is; apart from the rest, which needs JAX."""

from typing import Literal

Kind = Literal["number", "class", "count"]
"""What a target is: any number; one of two classes, 0 or 1; a whole number from 0."""
