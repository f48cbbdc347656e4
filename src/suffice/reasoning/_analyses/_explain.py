"""All analyses of a trained transformer on its task together."""

import dataclasses
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np

from suffice._core import Result
from suffice.reasoning._tasks._anchors import AnchorTask
from suffice.reasoning._tasks._batch import Task
from suffice.reasoning._tasks._chains import ChainTask
from suffice.reasoning._tasks._order import answer_available

from ._behaviour import answer_rates, AnswerRates, commutativity, deviations
from ._complexity import (
    condensed_share,
    ordinality,
    participation_ratio,
    query_weights,
    stable_rank,
)
from ._flow import Flow, information_flow
from ._knock_out import knock_out, KnockOut
from ._loss import answers
from ._matching import (
    attention_to_slots,
    best_heads,
    KernelMatching,
    matching,
    positional_matching,
)
from ._pairs import pair_accuracies, seen_pairs
from ._solution import FIT, Mechanism, route, ROUTES, Solution, solution, SOLUTIONS
from ._view import as_view, TransformerLike

MATCH = 0.8  # smallest share of matching tokens that counts as matching


@dataclasses.dataclass(frozen=True)
class AnchorReasons(Result):
    """How a transformer answers a composite anchor function.

    Attributes:
        verdict: `unfit`, `inferential`, `symmetric` or `memorising`, as in `phases`.
        mechanism: Route on which answers to seen pairs depend: `inferential`,
            `symmetric`, `both` or `open`, as in `phases`.
        pair: The unseen pair, the last one of the task.
        seen: Accuracy on seen pairs with training keys.
        worst: Accuracy on the seen pair with the lowest accuracy, with training keys.
        tested: Accuracy on seen pairs with test keys.
        rates: Shares of each answer on the unseen pair.
        commutativity: Share of equal answers to the unseen pair and its reverse.
        deviations: Answer minus inferential answer on the unseen pair, with shares.
        flow_seen: Attention along the two routes on seen pairs.
        flow_unseen: Attention along the two routes on the unseen pair.
        cut: Loss of accuracy on seen pairs after edges of attention are cut.
        condensed: Share of |cosines| above 0.7 among query neurons of layer 0.
        stable_rank: Stable rank of the query weights of layer 0.
        participation: Participation ratio of the embeddings of the values.
        ordinality: Rank correlation of a principal component with the value.
    """

    verdict: Solution
    mechanism: Mechanism
    pair: tuple[int, ...]
    seen: float
    worst: float
    tested: float
    rates: AnswerRates
    commutativity: float
    deviations: dict[int, float]
    flow_seen: Flow
    flow_unseen: Flow
    cut: KnockOut
    condensed: float
    stable_rank: float
    participation: float
    ordinality: float

    def headline(self) -> str:
        """Return behaviour and mechanism in one sentence."""
        name = ", ".join(map(str, self.pair))
        return {
            "unfit": f"Unfit: one of the seen pairs is {self.worst:.1%} right.",
            "inferential": f"Inferential: ({name}) is composed of its single anchors",
            "symmetric": f"Symmetric: ({name}) is answered like its mirror",
            "memorising": f"Memorising: ({name}) follows from neither rule",
        }[self.verdict] + self._how()

    def _how(self) -> str:
        if self.verdict == "unfit":
            return ""
        return {
            "open": "; seen pairs depend on neither route clearly.",
            "both": "; seen pairs depend on both routes.",
        }.get(self.mechanism, f"; seen pairs depend on the {self.mechanism} route.")

    def shown(self) -> dict[str, Any]:
        """Return the numbers behind the headline."""
        off = [f"{k:+d} ({v:.0%})" for k, v in self.deviations.items()][:4]
        return {
            "seen pairs right": self.seen,
            "worst of them": self.worst,
            "with test keys": self.tested,
            "inferential answers": float(self.rates.inferential),
            "symmetric answers": float(self.rates.symmetric),
            "commutativity": self.commutativity,
            "off the inferential": ", ".join(off),
            "knock-out score": float(self.cut.score),
            "attention, seen": float(self.flow_seen.score),
            "attention, unseen": float(self.flow_unseen.score),
            "condensed share": self.condensed,
            "stable rank": self.stable_rank,
            "participation": self.participation,
            "ordinality": self.ordinality,
        }


@dataclasses.dataclass(frozen=True)
class ChainReasons(Result):
    """How a transformer takes steps along chains.

    Attributes:
        verdict: `unfit`, `memorising` (right in distribution only) or `generalising`.
        matches: Whether every step is a matching of tokens; None where there are fewer
            layers above layer 0 than steps.
        heads: The path of heads, one per layer, whose weakest layer matches best. The
            attributes on matching and attention below are about these heads.
        steps: Number of steps of the task.
        inside: Accuracy in distribution.
        outside: Accuracy out of distribution.
        available: Share of out-of-distribution sequences in which the answer can reach
            the last position.
        outside_available: Accuracy out of distribution among these sequences; nan if
            there is none.
        positional: Attention in layer 0 by which positions send the second token of a
            pair to the first.
        hops: Matching in the layer of each step, for steps that have a layer.
        attention_inside: Attention of the last position to the pair of each step, in
            the layer of the step, in distribution.
        attention_outside: The same attention out of distribution.
    """

    verdict: Literal["unfit", "memorising", "generalising"]
    matches: bool | None
    heads: tuple[int, ...]
    steps: int
    inside: float
    outside: float
    available: float
    outside_available: float
    positional: float
    hops: tuple[KernelMatching, ...]
    attention_inside: tuple[float, ...]
    attention_outside: tuple[float, ...]

    def headline(self) -> str:
        """Return behaviour and mechanism in one sentence."""
        right = f"{self.inside:.1%} right in and {self.outside:.1%} out of distribution"
        how = {
            True: "; every step is a matching of tokens.",
            False: "; its steps are not the matching of tokens layer by layer.",
            None: "; there are fewer layers above layer 0 than steps.",
        }[self.matches]
        return f"{self.verdict.capitalize()}: {right}{how}"

    def shown(self) -> dict[str, Any]:
        """Return the numbers behind the headline."""
        rows: dict[str, Any] = {
            "heads": ", ".join(map(str, self.heads)),
            "steps available": self.available,
            "right where they are": self.outside_available,
            "copying by position": self.positional,
        }
        ends = zip(self.hops, self.attention_outside, strict=True)
        for number, (hop, attended) in enumerate(ends, 1):
            rows[f"layer {number}, tokens that match"] = float(hop.trained.top)
            rows[f"layer {number}, random tokens"] = float(hop.random.top)
            rows[f"layer {number}, matching score"] = float(hop.trained.score)
            rows[f"layer {number}, attention"] = attended
        return rows


def explain(
    model: TransformerLike, task: Task, *, size: int = 1000, seed: int = 0
) -> AnchorReasons | ChainReasons:
    """Return what a transformer answers outside its training data, and how.

    It combines all analyses of this chapter; call a single one, such as `knock_out` or
    `matching`, for more control.

    Args:
        model: A `Transformer`, trained on the task, or any `View`.
        task: An `AnchorTask` with two anchors in a row and an unseen pair (the last one
            is analysed), or a `ChainTask`.
        size: Number of sequences of each group, at least 1.
        seed: Random seed of these sequences.

    Returns:
        Verdict, mechanism and the numbers behind them.

    Raises:
        ValueError: The task is of another kind or has no unseen pair, or the model
            cannot read its sequences.
    """
    view = as_view(model)
    _check(view, task, size)
    keys = jax.random.split(jax.random.key(seed), 4)
    if isinstance(task, AnchorTask):
        return _anchors(model, view, task, size, keys)
    return _chains(model, view, task, size, keys)


def _check(view, task, size):
    if not isinstance(task, AnchorTask | ChainTask):
        raise ValueError(
            f"task is a {type(task).__name__}; expected an AnchorTask or a ChainTask, "
            "whose answers are known. For another compare `answers` with its labels."
        )
    if size < 1:
        raise ValueError(f"size is {size}; expected at least 1.")
    held = len(view.embed), len(view.positions)
    if held[0] < task.vocab or held[1] < task.length:
        raise ValueError(
            f"model knows {held[0]} tokens and {held[1]} positions; expected at least "
            f"the {task.vocab} tokens and {task.length} positions of the task: give "
            "the task on which the model was trained, or one with fewer."
        )
    if isinstance(task, AnchorTask) and (not task.unseen or task.count != 2):
        raise ValueError(
            "the task must have two anchors in a row and a pair that is unseen."
        )


def _anchors(model, view, task, size, keys):
    pair = task.unseen[-1]
    name = ",".join(map(str, pair))
    groups = ("train", "test", name)
    train, test, asked = (
        task.batch(k, size, g) for k, g in zip(keys, groups, strict=False)
    )
    rates, cut = answer_rates(model, asked), knock_out(model, train)
    same = float(commutativity(model, task, pair, key=keys[2], size=size))
    accuracy = float(answer_rates(model, train).given)
    each = pair_accuracies(model, *seen_pairs(task, key=keys[0], size=size))
    worst = float(jnp.min(each))
    query, embed = query_weights(model), view.embed[jnp.arange(*task.values)]
    shares = worst, float(rates.inferential), float(rates.symmetric), same
    named = solution(*shares, labelled=pair[::-1] not in task.unseen)
    return AnchorReasons(
        SOLUTIONS[named],
        ROUTES[route(float(cut.score))],
        pair,
        accuracy,
        worst,
        float(answer_rates(model, test).given),
        rates,
        same,
        deviations(model, asked),
        information_flow(model, train),
        information_flow(model, asked),
        cut,
        float(condensed_share(query)),
        float(stable_rank(query)),
        float(participation_ratio(embed)),
        float(ordinality(embed)),
    )


def _chains(model, view, task, size, keys):
    inside, outside = (
        task.batch(k, size, g) for k, g in zip(keys, task.groups, strict=False)
    )
    right = [np.asarray(answers(model, b.tokens) == b.label) for b in (inside, outside)]
    hops = range(1, min(task.steps, view.layers - 1) + 1)
    tokens = jnp.arange(*task.tokens)
    heads = best_heads(model, len(hops), tokens)
    each = tuple(matching(model, h, tokens, key=keys[2], heads=heads) for h in hops)
    is_available = answer_available(outside, view.layers)
    accuracy = [float(part.mean()) for part in right]
    fitted = "memorising" if accuracy[0] >= FIT else "unfit"
    top = [float(hop.trained.top) for hop in each]
    return ChainReasons(
        "generalising" if accuracy[1] >= FIT else fitted,
        min(top) >= MATCH if len(each) == task.steps else None,
        heads,
        task.steps,
        accuracy[0],
        accuracy[1],
        float(is_available.mean()),
        float(right[1][is_available].mean()) if is_available.any() else float("nan"),
        float(positional_matching(model, 2 * task.pairs, head=heads[0])),
        each,
        _attended(model, inside, heads),
        _attended(model, outside, heads),
    )


def _attended(model, batch, heads):
    attention = attention_to_slots(model, batch)
    return tuple(float(attention[n, heads[n], n - 1]) for n in range(1, len(heads)))
