"""Records in NetCDF files, which are written whole and never replaced."""

from pathlib import Path

import xarray

from suffice._core import whole_file

FORMAT = "suffice spectral record"
VERSION = 2  # 1 had no loss
_ARRAYS = {
    "output": ("run", "step", "sample", "output"),
    "label": ("sample", "output"),
    "input": ("sample", "feature"),
    "set": ("sample",),
}


def write_record(data: xarray.Dataset, path: str | Path) -> Path:
    """Write the arrays of a record to a new file."""
    path = Path(path)
    if path.exists():
        raise ValueError(f"{path} exists; remove it or choose another name.")
    if not path.parent.is_dir():
        raise ValueError(f"the folder {path.parent} for the record does not exist.")
    try:
        with whole_file(path, replace=False) as file:
            file.write(data.to_netcdf(engine="h5netcdf"))
    except FileExistsError:
        raise ValueError(f"{path} exists; choose another name.") from None
    return path


def read_arrays(path: str | Path) -> xarray.Dataset:
    """Read and check the arrays of a record.

    Raises:
        ValueError: The file is missing, of another type or damaged.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"there is no file {path}.")
    try:
        data = xarray.load_dataset(path, engine="h5netcdf")
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ValueError(
            f"{path} is not a record, or it is damaged ({type(error).__name__}); "
            "records are written by SpectralRecord.save."
        ) from None
    header = data.attrs.get("format"), data.attrs.get("version")
    if header != (FORMAT, VERSION):
        raise ValueError(
            f"{path} has format {header[0]!r}, version {header[1]!r}; expected "
            f"{FORMAT!r}, version {VERSION}."
        )
    for name, dims in _ARRAYS.items():
        if name not in data.variables or data[name].dims != dims:
            raise ValueError(f"{path} is damaged: no array {name} {dims} in it.")
    return data
