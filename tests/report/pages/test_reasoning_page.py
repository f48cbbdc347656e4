"""The page of a transformer, on networks that were not trained."""

import pytest
from untrained import untrained
from whole_pages import check

from suffice.reasoning import ChainTask, explain
from suffice.report import reasoning_page


def test_the_page_of_anchors_is_whole(anchors):
    found, model, task = anchors
    page = reasoning_page(found, model, task, source="a<b.npz", command="suffice x")
    assert page.count("<figure>") == page.count("<svg ") == 6
    assert "<script" not in page
    assert "a&lt;b.npz" in page
    assert "suffice x" in page
    assert "Whether layers match" not in page
    check(page)


@pytest.mark.slow
def test_the_page_of_chains_shows_matching():
    task = ChainTask(steps=1, pairs=2, tokens=(20, 41))
    model = untrained(task)
    found = explain(model, task, size=50)
    page = reasoning_page(found, model, task, source="chain")
    assert "Whether layers match" in page
    assert "Available steps bound" in page
    assert "for 1 step<" in page
    check(page)
