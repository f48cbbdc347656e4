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

    from suffice._core.tables import check_columns, numeric, read_frame

    from ._common import drawn

    def columns(names):
        cells = [numeric(frame[name], data, missing_ok=False) for name in names]
        return np.stack(cells, axis=1) if cells else np.zeros((len(frame), 0))

    frame = read_frame(data)
    targets = [name.strip() for name in target.split(",")]
    check_columns(frame, targets, data, "target")
    model = drawn(flags, 0)
    y = columns(targets)
    x = columns([name for name in frame.columns if name not in targets])
    inputs, outputs = getattr(model, "inputs", x.shape[1]), getattr(model, "outputs", 1)
    if x.shape[1] != inputs or y.shape[1] != outputs:
        raise ValueError(
            f"{data} has {x.shape[1]} columns besides the target and {y.shape[1]} "
            f"target(s); the model takes {inputs} inputs and has {outputs} output(s)."
        )
    return model, x, y
