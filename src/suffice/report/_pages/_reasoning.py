"""The page of a transformer: its answers beyond the training, and their mechanism."""

from typing import Any

import jax
import numpy as np

from suffice._core import plural, short
from suffice._core.literature import bases
from suffice.reasoning import (
    ablate,
    AnchorReasons,
    AnchorTask,
    as_view,
    ChainReasons,
    ChainTask,
)
from suffice.reasoning._shared import head_name, TransformerLike, TransformerView
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
    heads_grid,
    matching_figure,
    matching_grid,
)
from suffice.report._figures._reasoning_vectors import (
    condensation_figure,
    similarity_figure,
    similarity_grid,
)
from suffice.report._page._describe import (
    Bullets,
    Card,
    Page,
    Part,
    Picture,
    Section,
    Soft,
)
from suffice.report._page._grid import Grid
from suffice.report._page._render import rendered

from ._reasoning_text import (
    COLUMNS,
    HEADS,
    LIMITS,
    OFF,
    PARTS,
    QUERIES,
    ROUTE,
    SHARES,
    VECTORS_CAPTION,
)

_ABLATED = 500  # sequences


def reasoning_page(
    reasons: AnchorReasons | ChainReasons,
    model: TransformerLike,
    task: AnchorTask | ChainTask,
    *,
    source: str,
    command: str = "",
) -> str:
    """The page of a transformer, one self-contained HTML document.

    Args:
        reasons: The result of `suffice.reasoning.explain`.
        model: The transformer.
        task: Its task.
        source: Where the transformer came from.
        command: The command line that made it, printed at the end.

    Examples:
        >>> task = sf.reasoning.ChainTask(steps=1, pairs=2, tokens=(1, 21))
        >>> model = sf.Transformer.normal(21, task.length, 2, 8, key=jax.random.key(0))
        >>> reasons = sf.reasoning.explain(model, task, size=20)
        >>> page = sf.report.reasoning_page(reasons, model, task, source="untrained")
        >>> reasons.verdict in page
        True
    """
    if isinstance(reasons, AnchorReasons):
        cards, sections = _anchor_cards(reasons), _anchor_sections(reasons, model, task)
    else:
        cards, sections = _chain_cards(reasons), _chain_sections(reasons, model, task)
    base = bases.ANSWERS if isinstance(reasons, AnchorReasons) else bases.CHAINS
    limits = Section("What this rests on", (Bullets(LIMITS[type(reasons)]),), (base,))
    return rendered(
        Page(
            title=f"How {source} reasons",
            subtitle="",
            cards=cards,
            lead=(reasons.headline(),),
            sections=(*sections, *_shared_sections(model, task), limits),
            command=command,
        )
    )


def _anchor_cards(reasons: AnchorReasons) -> tuple[Card, ...]:
    pairs = " and ".join(pair.name for pair in reasons.unseen)
    inferential = _share(np.mean([p.rates.inferential for p in reasons.unseen]))
    return (
        Card("behaviour", reasons.verdict, f"on {pairs}, unseen", bases.ANSWERS),
        Card("mechanism", reasons.mechanism, ROUTE, bases.MECHANISM),
        Card("inferential", inferential, "of the answers", bases.ANSWERS),
        Card("seen pairs", _share(reasons.seen), "right", bases.ANSWERS),
    )


def _chain_cards(reasons: ChainReasons) -> tuple[Card, ...]:
    layers = ", ".join(str(layer) for layer, _ in reasons.path)
    return (
        Card(
            "behaviour",
            reasons.verdict,
            f"for {plural(reasons.steps, 'step')}",
            bases.CHAINS,
        ),
        Card(
            "circuit",
            reasons.circuit or "too few layers",
            f"in {'layers' if reasons.hops else 'layer'} {layers}",
            bases.MATCHING,
        ),
        Card("right", _share(reasons.outside), "out of distribution", bases.CHAINS),
        Card("right", _share(reasons.inside), "in distribution", bases.CHAINS),
    )


def _share(share: Any) -> str:
    return f"{short(100 * float(share))} %"


def _answers(reasons: AnchorReasons | ChainReasons) -> tuple[Part, ...]:
    picture = Picture(
        "answers",
        answer_figure(reasons),
        "A bar for each share of the sequences.",
        SHARES[type(reasons)],
    )
    return picture, answer_grid(reasons)


def _anchor_sections(reasons: AnchorReasons, model: Any, task: Any) -> list[Section]:
    deviations = Picture(
        "deviations",
        deviation_figure(reasons),
        "Shares of the answers on unseen pairs by their difference from the "
        "inferential answer.",
        OFF,
    )
    answers = (*_answers(reasons), deviations, deviation_grid(reasons))
    return [
        Section("What it answers", answers, (bases.ANSWERS,)),
        _dependence(reasons),
        _meanings(model, task),
        _complexity(reasons, model),
    ]


def _dependence(reasons: AnchorReasons) -> Section:
    seen, unseen = (
        f"{float(part.score):+.2f}" for part in (reasons.flow_seen, reasons.flow_unseen)
    )
    flows = (
        f"Attention leans to the inferential route by {seen} on seen pairs, {unseen} "
        f"on unseen ones. {reasons.cut.headline()}"
    )
    return Section(
        "What the answers depend on",
        (flows, cut_grid(reasons)),
        (bases.ROUTES, bases.MECHANISM),
    )


def _meanings(model: Any, task: Any) -> Section:
    grid = similarity_grid(model, task)
    description = (
        "Cosines between the vectors of sequences that are sorted by their answer. A "
        f"larger cosine tells equal answers from others at a rate of {grid.rows[0][1]}."
    )
    figure = similarity_figure(model, task)
    return Section(
        "What vectors stand for",
        (Picture("similarity", figure, description, VECTORS_CAPTION), grid),
        (bases.VECTORS,),
    )


def _complexity(reasons: AnchorReasons, model: Any) -> Section:
    measures = (
        ("condensed share of query weights, layer 0", reasons.condensed),
        ("stable rank of query weights, layer 0", reasons.stable_rank),
        ("participation ratio of the embeddings", reasons.participation),
        ("ordinality of the embeddings", reasons.ordinality),
    )
    rows = tuple((name, short(value)) for name, value in measures)
    description = (
        "Cosines between the query neurons of layer 0, sorted into groups of one "
        f"direction. The condensed share is {short(reasons.condensed)}."
    )
    return Section(
        "How complex the weights are",
        (
            "These measures show the size of the initialisation, not the route.",
            Picture("condensation", condensation_figure(model), description, QUERIES),
            Grid(("measure", "value"), rows),
        ),
        (bases.COMPLEXITY,),
    )


def _chain_sections(reasons: ChainReasons, model: Any, task: Any) -> list[Section]:
    answers = _answers(reasons)
    if not reasons.hops:
        none = "There is no layer above layer 0 that could match."
        return [
            Section("What it answers", (*answers, none), (bases.CHAINS, bases.STEPS))
        ]
    return [
        Section("What it answers", answers, (bases.CHAINS, bases.STEPS)),
        _matching(reasons, model, task),
    ]


def _matching(reasons: ChainReasons, model: Any, task: Any) -> Section:
    copied = (
        f"In {head_name(reasons.path[0])}, second tokens give {reasons.copying:.2f} of "
        "their attention to the first of their pair."
    )
    grid = matching_grid(reasons)
    scores = ", ".join(f"{row[1]} in {row[0]}" for row in grid.rows)
    picture = Picture(
        "matching",
        matching_figure(model, task, reasons.path),
        "A matrix for each layer, for trained and for random tokens. The share of "
        f"trained tokens that match themselves best is {scores}.",
        "Each row is a token that asks, each column a token that is asked for; orange "
        "entries are positive, violet ones negative. In a layer that matches, every "
        "row is largest on the diagonal. If random tokens match as well, unseen pairs "
        "are answered too.",
    )
    return Section(
        "Whether layers match",
        (copied, picture, grid, Soft(COLUMNS), heads_grid(reasons), Soft(HEADS)),
        (bases.MATCHING,),
    )


def _shared_sections(model: Any, task: Any) -> tuple[Section, ...]:
    sections = _flow(model, task), _embedding(model, task)
    if not isinstance(as_view(model), TransformerView):
        return sections
    return _needed(model, task), *sections


def _needed(model: Any, task: Any) -> Section:
    batch = task.batch(jax.random.key(5), _ABLATED, task.groups[0])
    found = ablate(model, batch)
    rows = tuple(
        (name, found.loss.told(part), found.accuracy.told(part))
        for part, name in enumerate(found.parts)
    )
    grid = Grid(("without", "loss", "accuracy"), rows, found.costliest)
    return Section(
        "Which parts are needed",
        (found.headline(), grid, Soft(PARTS)),
        (bases.MECHANISM,),
    )


def _flow(model: Any, task: Any) -> Section:
    grid = flow_grid(model, task)
    reads = "; ".join(
        f"in {layer} {place} with {weight}" for layer, place, weight in grid.rows
    )
    picture = Picture(
        "flow",
        flow_figure(model, task),
        "Attention in one sequence as lines from the positions that are read to those "
        f"that read, layer by layer. The last position reads most: {reads}.",
        "Attention in one sequence, layer by layer from below; a wider line is a "
        "larger weight, and what the last position reads is orange.",
    )
    return Section(
        "Where information flows", (picture, grid), (bases.ROUTES, bases.MECHANISM)
    )


def _embedding(model: Any, task: Any) -> Section:
    points = embedding_points(model, task)
    spread = tuple(short(float(s)) for s in np.std(points, 0))
    rows = tuple((str(number), size) for number, size in enumerate(spread, 1))
    picture = Picture(
        "embedding",
        embedding_figure(model, task),
        f"A dot for each of {len(points)} tokens at the first two principal "
        f"components of its embedding, which spread by {' and '.join(spread)}.",
        "Each dot is a token, placed by the first two principal components of its "
        "embedding; the colour is the number of the token.",
    )
    grid = Grid(("component", "standard deviation"), rows)
    return Section("How tokens are embedded", (picture, grid), (bases.COMPLEXITY,))
