"""Names of `laws` that other chapters import and users do not need."""

from ._design._information import NoDesignError as NoDesignError
from ._determined._words import joined as joined, together as together
from ._formula._values import predictions as predictions
