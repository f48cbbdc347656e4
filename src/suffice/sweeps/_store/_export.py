"""Export of a store to a file for other programs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TYPE_CHECKING

import numpy as np

from suffice._core import check_output, require, whole_file

from ._dataset import DONE, open_store

if TYPE_CHECKING:
    import pandas
    import xarray

FORMATS = ("parquet", "csv", "netcdf")


def export(
    store: str | Path,
    path: str | Path,
    to: Literal["parquet", "csv", "netcdf"] = "parquet",
    *,
    overwrite: bool = False,
) -> Path:
    """Write the contents of a store into one file.

    Parquet and CSV files hold one row per finished run: the varied fields, the seed and
    every variable, outcomes in words; arrays become columns `name_0`, `name_1`, ... A
    NetCDF file holds the gridded data set of `open_store`, with the status of all runs.

    Args:
        store: Folder of the store.
        path: Path of the file.
        to: Format of the file.
        overwrite: Whether an existing regular file may be replaced.

    Returns:
        The path of the file.

    Raises:
        ValueError: The format is unknown, there is no store, or there is a link, a
            device or a folder with the name of the file.
        OSError: The file exists and may not be replaced, or its folder does not.
        ImportError: Parquet is wanted, and the extra `parquet` is not installed.

    Examples:
        >>> import pandas as pd
        >>> from suffice.architectures import LinearSpec
        >>> from suffice.recovery import Random, RandomNetwork
        >>> study = sf.Study(LinearSpec(3), RandomNetwork(), Random(3), seeds=2)
        >>> done = sf.sweep(study, "linear.store")
        >>> path = sf.sweeps.export("linear.store", "runs.csv", to="csv")
        >>> pd.read_csv(path)[["seed", "outcome"]].values.tolist()
        [[0, 'recovered'], [1, 'recovered']]
    """
    if to not in FORMATS:
        raise ValueError(f"to must be one of {', '.join(FORMATS)}, got {to!r}.")
    if to == "parquet":
        require("A Parquet file", "parquet")
    path = check_output(path, replace=overwrite)
    data = open_store(store)
    with whole_file(path, replace=overwrite) as file:
        if to == "netcdf":
            file.write(data.to_netcdf(engine="h5netcdf"))
        elif to == "csv":
            tidy(data).to_csv(file, index=False)
        else:
            tidy(data).to_parquet(file, index=False)
    return path


def tidy(data: "xarray.Dataset") -> "pandas.DataFrame":
    """One row per finished run of a data set made by `open_store`."""
    import pandas

    status = data["status"]
    places = np.nonzero(status.values == DONE)
    columns = {
        str(dim): data[dim].values[index]
        for dim, index in zip(status.dims, places, strict=True)
    }
    for name, variable in data.data_vars.items():
        if name == "status":
            continue
        rows = variable.values[places]
        for inner in np.ndindex(rows.shape[1:]):
            column = "_".join(map(str, (name, *inner)))
            columns[column] = _in_words(rows[:, *inner], variable.attrs)
    return pandas.DataFrame(columns)


def _in_words(codes: np.ndarray, attrs: Mapping[str, Any]) -> Any:
    """The meanings of codes, if a variable has them; else its numbers."""
    if "flag_meanings" not in attrs:
        return codes
    pairs = zip(attrs["flag_values"], attrs["flag_meanings"].split(), strict=True)
    words = dict(pairs)
    return [words.get(code, str(code)) for code in codes.tolist()]
