"""The figure of a circuit shows the numbers of the circuit."""

import numpy as np
import pytest

from suffice.report import circuit_figure
from suffice.spectra import modular_circuit, Recorder


def circuit(embeddings):
    p = 5
    x = np.array([(a, b) for a in range(p) for b in range(p)])
    y = x.sum(1) % p
    recorder = Recorder(
        task="classification", loss="cross-entropy", train=(x, y), test=(x[:2], y[:2])
    )
    for step in (0, 1, 10):
        logits = np.sqrt(step) * np.eye(p)[y] + np.eye(p)[x[:, 0]]
        recorder.add(step, train=logits, test=logits[:2])
    return modular_circuit(recorder.record(), embeddings=embeddings)


@pytest.mark.parametrize("known", [True, False])
def test_the_growth_and_the_last_shares_are_drawn(known):
    found = circuit(np.eye(10) if known else None)
    left, right = circuit_figure(found).axes
    np.testing.assert_array_equal(left.lines[0].get_ydata(), found.explained)
    heights = [bar.get_height() for bar in right.patches]
    np.testing.assert_allclose(heights[:2], found.share[-1])
    assert len(heights) == (4 if known else 2)


def test_a_figure_shows_itself_in_a_notebook_with_what_was_changed():
    figure = circuit_figure(circuit(None))
    figure.axes[0].set_title("mine")
    shown = figure._repr_svg_()
    assert "<svg" in shown
    assert "mine" in shown
