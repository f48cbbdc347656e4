"""Pages on disk: written whole or not at all; files are replaced only on request."""

from pathlib import Path

from suffice._core import write_whole


def refuse_existing(path: str | Path, *, overwrite: bool = False) -> None:
    """Refuse a path to which a page cannot be written, before any work is done.

    Raises:
        ValueError: The file exists and may not be replaced, or its folder does not.
    """
    path = Path(path)
    if path.is_dir():
        raise ValueError(f"{path} is a folder; name a file in it for the page.")
    if not path.parent.is_dir():
        raise ValueError(f"the folder {path.parent} for the page does not exist.")
    if path.exists() and not overwrite:
        raise ValueError(f"{path} exists; choose another name, or pass --force.")


def write_page(page: str, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write a page to a file.

    Args:
        page: The HTML.
        path: The file to write.
        overwrite: Whether an existing file may be replaced.

    Returns:
        The path.

    Raises:
        ValueError: The file exists and may not be replaced, or its folder does not.
    """
    path = Path(path)
    refuse_existing(path, overwrite=overwrite)
    write_whole(path, page, replace=overwrite)
    return path
