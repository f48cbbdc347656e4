"""The page of a circuit of modular addition: its growth and the waves in it."""

import numpy as np

from suffice._core import short
from suffice._core.literature import bases
from suffice.report._figures._circuit import circuit_figure
from suffice.report._page._describe import Card, Page, Picture, Section
from suffice.report._page._grid import Grid
from suffice.report._page._render import rendered
from suffice.spectra import ModularCircuit, Verdict

STEPS, FREQUENCIES = 12, 24  # rows of a table at most


def circuit_page(
    circuit: ModularCircuit,
    verdict: Verdict | None = None,
    *,
    source: str,
    command: str = "",
) -> str:
    """The page of a circuit, one self-contained HTML document.

    Args:
        circuit: As `suffice.spectra.modular_circuit` returns it.
        verdict: The verdict on the same training, `record.verdict()`.
        source: Name of the training.
        command: The command line that made it, printed at the end.

    Returns:
        The document, to be written with `write_page`.

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
        >>> page = sf.report.circuit_page(circuit, source="addition modulo 5")
        >>> "Waves of frequency 1 of 5" in page
        True
    """
    return rendered(
        Page(
            title=f"How {source} adds modulo {circuit.order}",
            subtitle=f"{len(circuit.steps)} looks, up to step {circuit.steps[-1]}.",
            cards=_cards(circuit),
            lead=(circuit.headline(), None if verdict is None else verdict.headline()),
            sections=(_growth(circuit), _waves(circuit)),
            command=command,
        )
    )


def _cards(circuit: ModularCircuit) -> tuple[Card, ...]:
    share = f"{short(100 * circuit.explained[-1])} %"
    cards = [
        Card("explained", share, "of the logits, by a + b - c", bases.CIRCUIT),
        Card(
            "key frequencies",
            str(len(circuit.key)) if circuit.key else "none",
            f"of {len(circuit.frequencies)}, for nine tenths of what all explain",
            bases.CIRCUIT,
        ),
    ]
    if circuit.purity is not None:
        about = "of a neuron's power at its strongest frequency, in the median"
        cards.append(Card("purity", short(circuit.purity), about, bases.CIRCUIT))
    return tuple(cards)


def _growth(circuit: ModularCircuit) -> Section:
    picture = Picture(
        "circuit",
        circuit_figure(circuit),
        "On the left the share of the logits that functions of a + b - c explain, over "
        "the steps; on the right the shares of single frequencies at the last step.",
        "On the left, a circuit grows where the line rises. A network that memorises "
        "its pairs stays low. On the right, high bars are the waves that it adds with.",
    )
    chosen = np.unique(np.linspace(0, len(circuit.steps) - 1, STEPS).astype(int))
    rows = tuple((str(circuit.steps[i]), f"{circuit.explained[i]:.3f}") for i in chosen)
    grid = Grid(("step", "share of the logits"), rows)
    return Section("When the circuit grows", (picture, grid), (bases.CIRCUIT,))


def _waves(circuit: ModularCircuit) -> Section:
    strongest = np.argsort(-circuit.share[-1], kind="stable")[:FREQUENCIES]
    columns = {
        "logits": circuit.share[-1],
        "logits along a": circuit.logit_power[0],
        "logits along b": circuit.logit_power[1],
    }
    if circuit.embedding_power is not None:
        columns["embedding of a"] = circuit.embedding_power[0]
        columns["embedding of b"] = circuit.embedding_power[1]
    rows = tuple(
        (str(circuit.frequencies[k]), *(f"{c[k]:.3f}" for c in columns.values()))
        for k in strongest
    )
    return Section(
        "Which waves it is made of",
        (
            "The strongest frequencies at the last step. The first column of shares is "
            "that of cos(2π k (a + b - c) / p); the others are parts of the variance "
            "along one of the numbers that are added.",
            Grid(("frequency k", *columns), rows),
        ),
        (bases.CIRCUIT,),
    )
