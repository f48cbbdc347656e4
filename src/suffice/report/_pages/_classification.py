"""The page of a classified point: its kind, the evidence, and the way out."""

import numpy as np

from suffice._core import percent, short
from suffice._core.literature import bases
from suffice.landscape import Classification
from suffice.report._figures._classification import (
    escape_figure,
    neurons_figure,
    spectrum_figure,
)
from suffice.report._page._describe import Card, Page, Part, Picture, Section, Soft
from suffice.report._page._grid import Grid
from suffice.report._page._render import rendered

from ._classification_evidence import evidence

_FEW = 12  # neurons that are listed one by one
_STEPS = 5  # steps of the way out in the table


def classification_page(classification: Classification, *, command: str = "") -> str:
    """The page of a point of the loss landscape, one self-contained HTML document.

    Args:
        classification: As `suffice.landscape.classify` returns it.
        command: The command line that made it, printed at the end.

    Examples:
        >>> net = sf.TwoLayer(w=jnp.array([[1.0]]), a=jnp.array([2.0]))
        >>> x = np.linspace(-2.0, 2.0, 5)[:, None]
        >>> found = sf.classify(net, x, jax.vmap(net)(x))
        >>> page = sf.report.classification_page(found)
        >>> found.verdict in page
        True
    """
    return rendered(
        Page(
            title="Has this network come to rest?",
            subtitle="",
            cards=_cards(classification),
            lead=(
                classification.headline(),
                classification.meaning,
                Soft(_sentence(classification.note)) if classification.note else None,
            ),
            sections=(
                evidence(classification),
                _neurons(classification),
                _spectrum(classification),
                _escape(classification),
            ),
            command=command,
        )
    )


def _sentence(note: str) -> str:
    return f"{note[0].upper()}{note[1:]}."


def _cards(classified: Classification) -> tuple[Card, ...]:
    narrow, wide = (
        " x ".join(map(str, w)) for w in (classified.widths, _wide(classified))
    )
    down = "unknown" if classified.inertia is None else str(classified.inertia.negative)
    gain = (
        "none found" if classified.escape is None else short(classified.escape.measured)
    )
    share = (
        "of the loss"
        if classified.escape is None
        else f"{percent(classified.escape.measured / classified.loss)} of the loss, "
        "in one step"
    )
    return (
        Card(
            "verdict",
            classified.verdict,
            f"loss {short(classified.loss)}",
            bases.SADDLES,
        ),
        Card(
            "narrow network",
            narrow,
            f"{'neuron' if narrow == '1' else 'neurons'}, embedded in {wide}",
            bases.LIES_ON_BRANCH,
        ),
        Card(
            "directions down", down, "negative eigenvalues of the Hessian", bases.COUNTS
        ),
        Card("way out", gain, share, bases.COUNTS),
    )


def _wide(classified: Classification) -> list[int]:
    return [len(layer) for layer in classified.roles]


def _neurons(classified: Classification) -> Section:
    parts: list[Part] = []
    for layer in range(len(classified.roles)):
        parts += [_layer(classified, layer), _roles(classified, layer)]
    grounds = (bases.LIES_ON_BRANCH, bases.EMBEDDING, bases.HIERARCHY)
    return Section("What each neuron does", tuple(parts), grounds)


def _layer(classified: Classification, layer: int) -> Picture:
    name = f" of hidden layer {layer + 1}" if len(classified.roles) > 1 else ""
    moved = (
        " Thin lines lead from the network given to the critical point."
        if classified.moved
        else ""
    )
    caption = (
        f"Incoming weights of the neurons{name}; the area grows with the outgoing "
        f"weights.{moved}"
    )
    groups = ", ".join(f"{row[1]} {row[0]}" for row in _roles(classified, layer).rows)
    seen = f"A dot for each neuron{name} at its incoming weights: {groups}."
    return Picture(f"neurons{layer}", neurons_figure(classified, layer), seen, caption)


def _roles(classified: Classification, layer: int) -> Grid:
    head = ("role", "neurons", "which", "copies whose share is positive / negative / 0")
    rows = []
    groups = zip(classified.groups[layer], classified.shares[layer], strict=True)
    for t, (members, shares) in enumerate(groups):
        signs = np.sign(np.where(np.abs(shares) < 1e-12, 0.0, shares))
        tally = " / ".join(str(int(np.sum(signs == s))) for s in (1, -1, 0))
        rows.append(
            (f"copies of narrow neuron {t}", str(len(members)), _few(members), tally)
        )
    copies = {k for members in classified.groups[layer] for k in members}
    for role in dict.fromkeys(classified.roles[layer]):
        rest = [
            k
            for k, r in enumerate(classified.roles[layer])
            if r == role and k not in copies
        ]
        if rest:
            rows.append((role, str(len(rest)), _few(rest), "-"))
    return Grid(head, tuple(rows))


def _few(neurons) -> str:
    listed = ", ".join(map(str, neurons[:_FEW]))
    number = "no." if len(neurons) == 1 else "nos."
    return f"{number} {listed}{', ...' if len(neurons) > _FEW else ''}"


def _spectrum(classified: Classification) -> Section | None:
    counted = classified.inertia
    if counted is None:
        return None
    head = ("method", "tolerance", "largest zero", "smallest not zero", "in doubt")
    row = (
        counted.method,
        short(counted.tolerance, 2),
        short(counted.largest_zero, 2),
        short(counted.smallest_nonzero, 2),
        str(counted.doubtful),
    )
    return Section(
        "Curvature",
        (counted.headline(), _eigenvalues(classified), Grid(head, (row,))),
        (bases.COUNTS,),
    )


def _eigenvalues(classified: Classification) -> Picture | None:
    figure = spectrum_figure(classified)
    if figure is None or classified.inertia is None:
        return None
    return Picture(
        "spectrum",
        figure,
        "A dot for each eigenvalue of the Hessian at its absolute value, from below: "
        f"{classified.inertia.negative} are negative; the tolerance is "
        f"{short(classified.inertia.tolerance, 2)}.",
        "Every eigenvalue of the Hessian. Those below the dashed line count as zero; "
        "one in the shaded band would make the counts a matter of the tolerance.",
    )


def _escape(classified: Classification) -> Section | None:
    way, figure = classified.escape, escape_figure(classified)
    if way is None or figure is None:
        return None
    moved = (
        " The orange line starts at the network given and takes the same steps."
        if classified.moved
        else ""
    )
    caption = (
        "Blue: the loss along the way out. Green: what slope and curvature (or, for a "
        f"neuron without output weight, the exact formula) predict.{moved}"
    )
    seen = (
        f"The loss along the way out: it falls from {short(way.loss)} by "
        f"{short(way.measured)} at a step of {short(way.step)}."
    )
    picture = Picture("escape", figure, seen, caption)
    return Section(
        "The way out",
        (way.headline(), _after_given(classified), picture, _walk(classified)),
        (bases.SADDLES, bases.COUNTS),
    )


def _after_given(classified: Classification) -> str | None:
    """The effect of the same direction on the network that was given."""
    escape, losses = classified.escape, classified.given_losses
    if not classified.moved or escape is None or losses is None:
        return None
    best = int(np.nanargmin(losses))
    return (
        f"From the network given, a step of {short(abs(escape.steps[best]), 2)} "
        f"along it leads to a loss of {short(float(losses[best]), 4)}."
    )


def _walk(classified: Classification) -> Grid:
    """Some steps along the way out, from a short one to the best one."""
    way = classified.escape
    assert way is not None
    ahead = way.steps / way.step
    chosen = np.flatnonzero((ahead > 0) & (ahead <= 1))
    chosen = chosen[np.argsort(ahead[chosen])][::-2][:_STEPS][::-1]
    head = ["step", "predicted decrease", "measured decrease"]
    given = classified.given_losses if classified.moved else None
    rows = []
    for i in chosen:
        t = float(way.steps[i])
        whole = way.kind == "silent"
        known = way.predicted if t == way.step else None
        predicted = known if whole else -(way.slope + 0.5 * way.curvature * t) * t
        row = [short(t), "-" if predicted is None else short(predicted)]
        row.append(short(way.loss - float(way.losses[i])))
        rows.append([*row, *([] if given is None else [short(float(given[i]), 4)])])
    if given is not None:
        head.append("loss from the network given")
    return Grid(tuple(head), tuple(map(tuple, rows)))
