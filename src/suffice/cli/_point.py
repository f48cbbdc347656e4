"""A model from flags, with the table on which it was trained."""

from typing import Any


def check_data(data: str | None, target: str | None) -> None:
    """Raise a ValueError if a flag for the data is missing."""
    if data is None or target is None:
        raise ValueError(
            "the loss needs data: --data TABLE.csv --target COLUMN (several outputs: "
            "--target y1,y2)."
        )


def read_point(
    flags: Any, data: str | None, target: str | None
) -> tuple[Any, Any, Any]:
    """Return the model with its inputs and targets.

    Args:
        flags: Flags of the model.
        data: Path of a table with one row per sample.
        target: Name of the target column, or several names separated by commas.

    Returns:
        The model, the inputs `(samples, inputs)` and the targets `(samples, outputs)`.

    Raises:
        ValueError: A flag is missing, or the table does not fit the model.
    """
    check_data(data, target)
    assert data is not None
    assert target is not None
    import numpy as np

    from suffice.auditing import read_table

    from ._common import drawn

    names = [name.strip() for name in target.split(",")]
    tables = [
        read_table(data, name, drop=[other for other in names if other != name])
        for name in names
    ]
    model = drawn(flags, 0)
    x, y = tables[0].x, np.stack([table.y for table in tables], axis=1)
    inputs, outputs = getattr(model, "inputs", x.shape[1]), getattr(model, "outputs", 1)
    if x.shape[1] != inputs or y.shape[1] != outputs:
        raise ValueError(
            f"{data} has {x.shape[1]} columns besides the target and {y.shape[1]} "
            f"target(s); the model takes {inputs} inputs and has {outputs} output(s)."
        )
    return model, x, y
