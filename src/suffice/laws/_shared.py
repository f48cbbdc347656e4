"""Names of `laws` that other chapters import and users do not need."""

from ._design._information import NoDesignError as NoDesignError
from ._determined._words import joined as joined, together as together
from ._fit._save_law import (
    digest_of as digest_of,
    is_law as is_law,
    read_law as read_law,
)
from ._formula._values import predictions as predictions
