"""The page of a transformer: what it answers beyond its training, and how."""

import html
from typing import Any

from suffice._core import short
from suffice.reasoning import AnchorReasons, AnchorTask, ChainReasons, ChainTask
from suffice.report._figures._reasoning import (
    answer_figure,
    answer_grid,
    cut_grid,
    deviation_figure,
    deviation_grid,
    embedding_figure,
    embedding_points,
    flow_figure,
    flow_grid,
    matching_figure,
    matching_grid,
)
from suffice.report._figures._reasoning_vectors import (
    condensation_figure,
    similarity_figure,
    similarity_grid,
)
from suffice.report._page._grid import Grid
from suffice.report._page._render import card, document, drawn, paragraph, table

LIMITS = {
    AnchorReasons: (
        "Behaviour (which answer) and mechanism (which route) are two axes: a "
        "symmetric route may extend to the unseen pair, an inferential one may give "
        "the answer of the mirror.",
        "The mechanism is decided by cutting edges of attention on seen pairs. "
        "Attention alone shows routes that are open, not those that are needed.",
        "One transformer is one seed; seeds of one recipe differ. Many are a sweep.",
    ),
    ChainReasons: (
        "Accuracy out of distribution is on pairs that never occur in training.",
        "Scores of matching are those of one path of heads, step l in layer l: the one "
        "whose weakest layer matches best. Other circuits, helped by the perceptrons, "
        "leave them at chance.",
        "Available steps bound what information can have reached the last position, "
        "whatever the width.",
    ),
}
OFF = "Answers on the unseen pair; nought is the inferential one."
VECTORS = (
    "Cosines of the last position after the attention of layer 1, seen pairs sorted by "
    "their answer: blocks on the diagonal are equal answers."
)
QUERIES = (
    "Cosines of the query neurons of layer 0, those of one direction side by side: few "
    "large blocks are condensed weights."
)


def reasoning_page(
    found: AnchorReasons | ChainReasons,
    model: Any,
    task: AnchorTask | ChainTask,
    *,
    source: str,
    command: str = "",
) -> str:
    """The page of a transformer, one self-contained HTML document.

    Args:
        found: What `suffice.reasoning.explain` found.
        model: The transformer.
        task: Its task.
        source: Where the transformer came from.
        command: The command line that made it, printed at the end.
    """
    own = _anchor_parts(found, model, task) if isinstance(found, AnchorReasons) else []
    if isinstance(found, ChainReasons):
        own = _chain_parts(found, model, task)
    title = f"How {source} reasons"
    limits = "".join(f"<li>{html.escape(line)}</li>" for line in LIMITS[type(found)])
    body = "\n".join(
        [
            f"<h1>{html.escape(title)}</h1>",
            _cards(found),
            paragraph(found.headline()),
            "<h2>What it answers</h2>",
            drawn(answer_figure(found), "answers", "Shares of sequences."),
            table(answer_grid(found)),
            *own,
            *_shared_parts(model, task),
            "<h2>What this rests on</h2>",
            f"<ul>{limits}</ul>",
            _footer(command),
        ]
    )
    return document(title, body)


def _cards(found: AnchorReasons | ChainReasons) -> str:
    if isinstance(found, AnchorReasons):
        pair = ", ".join(map(str, found.pair))
        cards = [
            card("behaviour", found.verdict, f"on the unseen pair ({pair})"),
            card("mechanism", found.mechanism, "route that seen pairs depend on"),
            card("inferential", _percent(found.rates.inferential), "of the answers"),
            card("seen pairs", _percent(found.seen), "right"),
        ]
    else:
        how = {True: "yes", False: "no", None: "not told"}[found.matches]
        cards = [
            card("behaviour", found.verdict, _steps(found.steps)),
            card("matching", how, "in the layer of every step"),
            card("right", _percent(found.outside), "out of distribution"),
            card("right", _percent(found.inside), "in distribution"),
        ]
    return f'<div class="cards">{"".join(cards)}</div>'


def _steps(count: int) -> str:
    return "for 1 step" if count == 1 else f"for {count} steps"


def _percent(share: Any) -> str:
    return f"{short(100 * float(share))} %"


def _anchor_parts(found: AnchorReasons, model: Any, task: Any) -> list[str]:
    seen, unseen = (
        f"{float(part.score):+.2f}" for part in (found.flow_seen, found.flow_unseen)
    )
    flows = (
        f"Attention leans to the inferential route by {seen} on seen pairs, {unseen} "
        f"on the unseen one. {found.cut.headline()}"
    )
    complexity = Grid(
        ("measure", "value"),
        tuple(
            (name, short(value))
            for name, value in (
                ("condensed share of query weights, layer 0", found.condensed),
                ("stable rank of query weights, layer 0", found.stable_rank),
                ("participation ratio of the embeddings", found.participation),
                ("ordinality of the embeddings", found.ordinality),
            )
        ),
    )
    return [
        drawn(deviation_figure(found), "deviations", OFF),
        table(deviation_grid(found)),
        "<h2>What the answers depend on</h2>",
        paragraph(flows),
        table(cut_grid(found)),
        "<h2>What vectors stand for</h2>",
        drawn(similarity_figure(model, task), "similarity", VECTORS),
        table(similarity_grid(model, task)),
        "<h2>How complex the weights are</h2>",
        paragraph("They tell the size of the initialisation, not the route."),
        drawn(condensation_figure(model), "condensation", QUERIES),
        table(complexity),
    ]


def _chain_parts(found: ChainReasons, model: Any, task: Any) -> list[str]:
    if not found.hops:
        return [paragraph("There is no layer above layer 0 that could match.")]
    caption = (
        "Rows ask, columns offer. A layer that matches is largest on the diagonal; "
        "that random tokens match is why unseen pairs are answered."
    )
    copied = (
        f"By position, head {found.heads[0]} of layer 0 sends {found.positional:.2f} "
        "of the attention of second tokens to the first of their pair."
    )
    return [
        "<h2>Whether layers match</h2>",
        paragraph(copied),
        drawn(matching_figure(model, task, found.heads), "matching", caption),
        table(matching_grid(found)),
    ]


def _shared_parts(model: Any, task: Any) -> list[str]:
    points = embedding_points(model, task)
    spread = Grid(
        ("component", "standard deviation"),
        tuple((str(i + 1), short(float(s))) for i, s in enumerate(points.std(0))),
    )
    lines = (
        "Attention in one sequence, layer by layer from below; width is weight, red is "
        "what the last position reads."
    )
    return [
        "<h2>Where information flows</h2>",
        drawn(flow_figure(model, task), "flow", lines),
        table(flow_grid(model, task)),
        "<h2>How tokens are embedded</h2>",
        drawn(
            embedding_figure(model, task),
            "embedding",
            "Principal components; colour is the number of the token.",
        ),
        table(spread),
    ]


def _footer(command: str) -> str:
    made = f"<p>Made by:</p><pre>{html.escape(command)}</pre>" if command else ""
    return f"<footer>{made}<p>The page needs no network.</p></footer>"
