"""The circuit of modular addition drawn: its growth, and the waves it is made of."""

import numpy as np
from matplotlib.figure import Figure

from suffice.report._style import legend_above, page_axes, styled
from suffice.spectra import ModularCircuit

from ._colours import BLUE, RED


def circuit_figure(circuit: ModularCircuit) -> Figure:
    """Draw the shares of waves over the steps, and at the last step by frequency.

    On the left is the share of the logits that functions of `a + b - c` explain; on the
    right are the shares of single frequencies, with the power of the embedding of `a`
    where it is known.

    Args:
        circuit: As `modular_circuit` returns it.

    Returns:
        A matplotlib figure.

    Examples:
        >>> p = 5
        >>> x = np.array([(a, b) for a in range(p) for b in range(p)])
        >>> angle = 2 * np.pi * (x.sum(1)[:, None] - np.arange(p)) / p
        >>> y = x.sum(1) % p
        >>> sets = {"train": (x[::2], y[::2]), "test": (x[1::2], y[1::2])}
        >>> kind = {"task": "classification", "loss": "cross-entropy"}
        >>> recorder = sf.spectra.Recorder(**kind, **sets)
        >>> recorder.add(0, train=np.cos(angle)[::2], test=np.cos(angle)[1::2])
        >>> circuit = sf.spectra.modular_circuit(recorder.record())
        >>> figure = sf.report.circuit_figure(circuit)
        >>> [axes.get_xlabel() for axes in figure.axes]
        ['step', 'frequency k']
    """
    with styled():
        figure, left = page_axes()
        figure.set_size_inches(2 * figure.get_figwidth(), figure.get_figheight())
        left.set_subplotspec(figure.add_gridspec(1, 2)[0])
        right = figure.add_subplot(1, 2, 2)
        left.plot(circuit.steps, circuit.explained, color=BLUE)
        left.set_xscale("symlog", linthresh=max(1, int(circuit.steps[1:2].sum())))
        left.set(ylim=(0, 1), xlabel="step", ylabel="share of the logits")
        bars = {"logits": (circuit.share[-1], BLUE)}
        if circuit.embedding_power is not None:
            bars["embedding of a"] = (circuit.embedding_power[0], RED)
        width = 0.8 / len(bars)
        for place, (name, (values, colour)) in enumerate(bars.items()):
            where = circuit.frequencies + width * (place - 0.5 * (len(bars) - 1))
            right.bar(where, values, width, color=colour, label=name)
        right.set(xlabel="frequency k", ylabel="share")
        right.set_xticks(circuit.frequencies[:: max(1, np.ceil(circuit.order / 24))])
        legend_above(figure)
    return figure
