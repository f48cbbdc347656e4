"""Columns of numbers are known as such."""

from suffice.report._page._grid import Grid, is_numeric
from suffice.report._pages._auditing._text import aligned


def test_columns_of_numbers_are_flush_right():
    grid = Grid(("name", "count"), (("a", "1"), ("bcd", "100")), 1)
    assert aligned(grid).splitlines() == [
        "    name  count",
        "    a         1",
        "  * bcd     100",
    ]
    assert is_numeric(("1", "-2.5", "∞", "≈ 0 %"))
    assert not is_numeric(("1", "width 2"))
    assert is_numeric(("21", "13 +", "?", "-0.2505 ~"))
    for text in ("1 of 4", "0.000 - 0.699", "2405.05409, Table 1", "3 x 4", "-", ""):
        assert not is_numeric((text,))
