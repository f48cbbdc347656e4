"""The list of slow tests names tests that exist, each once."""

import re

from cpu_seconds import LIST, listed, MOST, read

HERE = LIST.parent


def test_listed_tests_exist_and_are_slow():
    assert len(list(read(LIST))) == len(listed())
    for name, seconds in listed().items():
        path, *parts = name.partition("[")[0].split("::")
        text = (HERE.parent / path).read_text()
        assert all(re.search(rf"(def|class) {part}\b", text) for part in parts), name
        assert seconds > MOST
