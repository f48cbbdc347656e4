"""What any data can determine: the table of laws with known answers."""

import pytest
from published import TABLE

import suffice as sf


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0].__name__)
def test_what_is_determined_of_known_laws(row):
    function, rank, single, mixed = row
    found = sf.identify(function)
    assert found.rank.value == rank
    assert found.determined == single
    assert tuple(c.text for c in found.combinations) == mixed
    count = len(single) + sum(c.count for c in found.combinations)
    assert count == rank
