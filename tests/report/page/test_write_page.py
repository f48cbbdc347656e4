"""A page never replaces a file unasked."""

import pytest

from suffice._core import check_output
from suffice.report import write_page


def test_a_page_is_not_overwritten_unasked(tmp_path):
    path = tmp_path / "page.html"
    write_page("one", path)
    with pytest.raises(
        FileExistsError, match="exists; choose another name, or pass --f"
    ):
        write_page("two", path)
    assert path.read_text() == "one"
    write_page("two", path, overwrite=True)
    assert path.read_text() == "two"
    assert [p.name for p in tmp_path.iterdir()] == ["page.html"]


def test_a_place_for_the_page_is_checked_beforehand(tmp_path):
    with pytest.raises(ValueError, match="is a folder"):
        check_output(tmp_path)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        check_output(tmp_path / "nowhere" / "page.html")
