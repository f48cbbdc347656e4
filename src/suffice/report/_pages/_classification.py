"""The page of a classified point: what it is, on what evidence, and the way out."""

import html

import numpy as np

from suffice._core import percent, short
from suffice.landscape import Classification
from suffice.report._figures._classification import (
    escape_figure,
    neurons_figure,
    spectrum_figure,
)
from suffice.report._page._grid import Grid
from suffice.report._page._render import card, document, drawn, paragraph, table

_FEW = 12  # neurons that are listed one by one
_STEPS = 5  # steps of the way out in the table


def classification_page(found: Classification, *, command: str = "") -> str:
    """The page of a point of the loss landscape, one self-contained HTML document.

    Args:
        found: As `suffice.landscape.classify` returns it.
        command: The command line that made it, printed at the end.
    """
    title = "Where this network has come to rest"
    body = "\n".join(
        [
            f"<h1>{title}</h1>",
            paragraph(found.headline()),
            _cards(found),
            paragraph(found.meaning),
            paragraph(_sentence(found.note), "soft"),
            *_evidence(found),
            *_neurons(found),
            *_spectrum(found),
            *_escape(found),
            _footer(command),
        ]
    )
    return document(title, body)


def _sentence(note: str | None) -> str | None:
    return None if note is None else f"{note[0].upper()}{note[1:]}."


def _cards(found: Classification) -> str:
    narrow, wide = (" x ".join(map(str, w)) for w in (found.widths, _wide(found)))
    down = "unknown" if found.inertia is None else str(found.inertia.negative)
    gain = "none found" if found.escape is None else short(found.escape.measured)
    share = (
        "of the loss"
        if found.escape is None
        else f"{percent(found.escape.measured / found.loss)} of the loss, in one step"
    )
    cards = [
        card("verdict", found.verdict, f"loss {short(found.loss)}"),
        card("narrow network", narrow, f"neurons, embedded in {wide}"),
        card("directions down", down, "negative eigenvalues of the Hessian"),
        card("way out", gain, share),
    ]
    return f'<div class="cards">{"".join(cards)}</div>'


def _wide(found: Classification) -> list[int]:
    return [len(layer) for layer in found.roles]


def _evidence(found: Classification) -> list[str]:
    rows = [
        ("loss, half the sum of squares", short(found.loss, 5), ""),
        (
            "relative gradient",
            short(found.gradient, 2),
            "largest entry against the sum of the absolute parts of its samples",
        ),
    ]
    if found.moved:
        rows += [
            (
                "distance moved",
                short(found.moved),
                "from the network given to the critical point near it",
            ),
            (
                "outputs changed by that",
                percent(found.difference),
                "root mean square, relative",
            ),
        ]
    rows.append(
        ("spread of the copies", short(found.spread, 2), "distance from exact copies")
    )
    if found.dimension is not None:
        rows.append(
            (
                "dimension of the branch",
                str(found.dimension),
                "critical points with the same outputs around this one",
            )
        )
    head = ("evidence", "value", "what it is")
    return ["<h2>Evidence</h2>", table(Grid(head, tuple(rows))), table(_counts(found))]


def _counts(found: Classification) -> Grid:
    """Measured beside predicted numbers of eigenvalues."""
    head, rows = ("eigenvalues", "positive", "negative", "zero"), []
    if found.inertia is not None and found.inertia.positive is not None:
        rows.append(("measured", *map(str, found.inertia.signature)))
    elif found.inertia is not None:
        rows.append(("measured", "?", f"at least {found.inertia.negative}", "?"))
    if found.predicted is not None:
        rows.append(("predicted from the narrow network", *map(str, found.predicted)))
    return Grid(head, tuple(rows))


def _neurons(found: Classification) -> list[str]:
    parts = ["<h2>What each neuron does</h2>"]
    for layer in range(len(found.roles)):
        name = f" of hidden layer {layer + 1}" if len(found.roles) > 1 else ""
        moved = (
            " Thin lines lead from the network given to the critical point."
            if found.moved
            else ""
        )
        caption = (
            f"Incoming weights of the neurons{name}; the area grows with the outgoing "
            f"weights.{moved}"
        )
        figure = neurons_figure(found, layer)
        parts += [
            drawn(figure, f"neurons{layer}", caption),
            table(_roles(found, layer)),
        ]
    return parts


def _roles(found: Classification, layer: int) -> Grid:
    head = ("role", "neurons", "which", "shares of the output weight: + / - / 0")
    rows = []
    groups = zip(found.groups[layer], found.shares[layer], strict=True)
    for t, (members, shares) in enumerate(groups):
        signs = np.sign(np.where(np.abs(shares) < 1e-12, 0.0, shares))
        tally = " / ".join(str(int(np.sum(signs == s))) for s in (1, -1, 0))
        rows.append(
            (f"copies of narrow neuron {t}", str(len(members)), _few(members), tally)
        )
    copies = {k for members in found.groups[layer] for k in members}
    for role in dict.fromkeys(found.roles[layer]):
        rest = [
            k for k, r in enumerate(found.roles[layer]) if r == role and k not in copies
        ]
        if rest:
            rows.append((role, str(len(rest)), _few(rest), "-"))
    return Grid(head, tuple(rows))


def _few(neurons) -> str:
    listed = ", ".join(map(str, neurons[:_FEW]))
    return f"nos. {listed}{', ...' if len(neurons) > _FEW else ''}"


def _spectrum(found: Classification) -> list[str]:
    counted = found.inertia
    if counted is None:
        return []
    parts = ["<h2>Curvature</h2>", paragraph(counted.headline())]
    figure = spectrum_figure(found)
    caption = (
        "Every eigenvalue of the Hessian. Those below the dashed line count as zero; "
        "one in the shaded band would make the counts a matter of the tolerance."
    )
    if figure is not None:
        parts.append(drawn(figure, "spectrum", caption))
    head = ("method", "tolerance", "largest zero", "smallest not zero", "in doubt")
    row = (
        counted.method,
        short(counted.tolerance, 2),
        short(counted.largest_zero, 2),
        short(counted.smallest_nonzero, 2),
        str(counted.doubtful),
    )
    return [*parts, table(Grid(head, (row,)))]


def _escape(found: Classification) -> list[str]:
    way = found.escape
    if way is None:
        return []
    moved = (
        " The red line starts at the network given and takes the same steps."
        if found.moved
        else ""
    )
    caption = (
        "Blue: the loss along the way out. Green: what the curvature (or, for a neuron "
        f"without output weight, the exact formula) predicts.{moved}"
    )
    return [
        "<h2>The way out</h2>",
        paragraph(way.headline()),
        paragraph(_after_given(found)),
        drawn(escape_figure(found), "escape", caption),
        table(_walk(found)),
    ]


def _after_given(found: Classification) -> str | None:
    """What the same direction does for the network that was given."""
    if not found.moved or found.escape is None or found.given_losses is None:
        return None
    best = int(np.nanargmin(found.given_losses))
    return (
        f"From the network given, a step of {short(abs(found.escape.steps[best]), 2)} "
        f"along it leads to a loss of {short(float(found.given_losses[best]), 4)}."
    )


def _walk(found: Classification) -> Grid:
    """Some steps from short to the best one."""
    way = found.escape
    assert way is not None
    ahead = way.steps / way.step
    chosen = np.flatnonzero((ahead > 0) & (ahead <= 1))
    chosen = chosen[np.argsort(ahead[chosen])][::-2][:_STEPS][::-1]
    head = ["step", "predicted decrease", "measured decrease"]
    given = found.given_losses if found.moved else None
    rows = []
    for i in chosen:
        t = float(way.steps[i])
        whole = way.kind == "silent"
        known = way.predicted if t == way.step else None
        said = known if whole else -0.5 * way.curvature * t**2
        row = [short(t), "-" if said is None else short(said)]
        row.append(short(way.loss - float(way.losses[i])))
        rows.append([*row, *([] if given is None else [short(float(given[i]), 4)])])
    if given is not None:
        head.append("loss from the network given")
    return Grid(tuple(head), tuple(map(tuple, rows)))


def _footer(command: str) -> str:
    made = f"<p>Made by:</p><pre>{html.escape(command)}</pre>" if command else ""
    return (
        f"<footer>{made}<p>Sources: critical sets and embedding, arXiv:2405.17501, "
        "arXiv:2105.14573, arXiv:2111.15527; the predicted counts and the ways out are "
        "derived and verified here. The page needs no network.</p></footer>"
    )
