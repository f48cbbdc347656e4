"""The page of a circuit holds its numbers, with and without embeddings."""

import numpy as np
import pytest

from suffice.report import circuit_page
from suffice.spectra import modular_circuit, Recorder


@pytest.mark.parametrize("known", [True, False])
def test_the_page_shows_verdict_growth_and_waves(known):
    p = 7
    x = np.array([(a, b) for a in range(p) for b in range(p)])
    y = x.sum(1) % p
    sets = {"train": (x, y), "test": (x, y)}
    recorder = Recorder(task="classification", loss="cross-entropy", **sets)
    for step in (0, 1, 10):
        logits = step * np.eye(p)[y]
        recorder.add(step, train=logits, test=logits)
    record = recorder.record()
    circuit = modular_circuit(record, embeddings=np.eye(2 * p) if known else None)
    page = circuit_page(circuit, record.verdict(), source="a <table>")
    assert "How a &lt;table&gt; adds modulo 7" in page
    assert record.verdict().headline().rstrip(".") in page
    assert "100 %" in page  # of logits that are the table itself
    assert ("purity" in page) == ("embedding of b" in page) == known
    assert page.count("0.333") >= 3  # each of three waves, equally
