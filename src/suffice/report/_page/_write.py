"""Pages on disk: written whole or not at all; files are replaced only on request."""

from pathlib import Path

from suffice._core import check_output, write_whole


def write_page(page: str, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write a page to a file.

    Args:
        page: The HTML.
        path: The file to write.
        overwrite: Whether an existing regular file may be replaced.

    Returns:
        The path.

    Raises:
        ValueError: There is a link, a device or a folder with this name.
        OSError: The file exists and may not be replaced, or its folder does not.

    Examples:
        >>> page = sf.report.write_page("<title>Result</title>", "result.html")
        >>> page.read_text()
        '<title>Result</title>'
    """
    path = check_output(path, replace=overwrite)
    write_whole(path, page, replace=overwrite)
    return path
