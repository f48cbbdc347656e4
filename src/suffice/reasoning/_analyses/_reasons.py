"""What explaining a transformer returns: the reasons behind its answers."""

import dataclasses
from typing import Any, Literal

from suffice._core import Result
from suffice._core.literature import bases

from ._ablation import head_name
from ._circuit import Circuit
from ._flow import Flow
from ._heads import HeadScores
from ._knock_out import KnockOut
from ._matching import (
    KernelMatching,
)
from ._solution import Mechanism
from ._unseen import Behaviour, UnseenPair


@dataclasses.dataclass(frozen=True)
class AnchorReasons(Result):
    """How a transformer answers a composite anchor function.

    Attributes:
        verdict: On all unseen pairs together: `unfit`, `inferential`, `symmetric` or
            `memorising`, as in `phases`; `mixed` where two rules share the answers to a
            pair, or pairs differ; `undecided` where no unseen pair tells the rules
            apart.
        mechanism: Route on which answers to seen pairs depend: `inferential`,
            `symmetric`, `both` or `open`, as in `phases`.
        unseen: How each unseen pair is answered, with its own verdict.
        seen: Accuracy on seen pairs with training keys.
        worst: Accuracy on the seen pair with the lowest accuracy, with training keys.
        tested: Accuracy on seen pairs with test keys.
        deviations: Answer minus inferential answer on unseen pairs, with shares.
        flow_seen: Attention along the two routes on seen pairs.
        flow_unseen: Attention along the two routes on unseen pairs.
        cut: Loss of accuracy on seen pairs after edges of attention are cut.
        condensed: Share of |cosines| above 0.7 among query neurons of layer 0.
        stable_rank: Stable rank of the query weights of layer 0.
        participation: Participation ratio of the embeddings of the values.
        ordinality: Rank correlation of a principal component with the value.
    """

    grounds = bases.ANSWERS

    verdict: Behaviour
    mechanism: Mechanism
    unseen: tuple[UnseenPair, ...]
    seen: float
    worst: float
    tested: float
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
        if self.verdict == "unfit":
            return f"Unfit: one of the seen pairs is {self.worst:.1%} right."
        named = [pair for pair in self.unseen if not pair.reason]
        names = " and ".join(pair.name for pair in named)
        be, follow = ("are", "follow") if len(named) > 1 else ("is", "follows")
        what = {
            "inferential": f"{be} composed of single anchors",
            "symmetric": f"{be} answered like the mirror",
            "memorising": f"{follow} from neither rule",
        }.get(self.verdict)
        told = [pair for pair in self.unseen if pair.reason or not what]
        said = [f"{names} {what}"] if what else []
        said += [pair.headline().removesuffix(".") for pair in told]
        return f"{self.verdict.capitalize()}: {'; '.join(said)}{self._how()}"

    def _how(self) -> str:
        return {
            "open": "; seen pairs depend on neither route clearly.",
            "both": "; seen pairs depend on both routes.",
        }.get(self.mechanism, f"; seen pairs depend on the {self.mechanism} route.")

    def shown(self) -> dict[str, Any]:
        """Return the numbers behind the headline."""
        off = [f"{k:+d} ({v:.0%})" for k, v in self.deviations.items()][:4]
        answers = {
            f"{pair.name} {what}": share
            for pair in self.unseen
            for what, share in pair.shares.items()
        }
        return {
            "seen pairs right": self.seen,
            "worst of them": self.worst,
            "with test keys": self.tested,
            **answers,
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
        circuit: The circuit that attention and weights show: `induction` (a head copies
            previous tokens, and further ones match them, random tokens too);
            `memorising` (they match the tokens of the task only); `other` (they attend
            to the right places, without matching tokens); `copy` (a head copies
            previous tokens, and no path of heads takes the steps); `none` (neither).
            None where there are no more layers than steps.
        path: The layer and head that copies, and those that match, one per step: of the
            paths that attend to what they need, that whose weakest step matches best;
            without one, that which attends most. The attributes on matching and
            attention below are about these heads.
        steps: Number of steps of the task.
        inside: Accuracy in distribution.
        outside: Accuracy out of distribution.
        available: Share of out-of-distribution sequences in which the answer can reach
            the last position.
        outside_available: Accuracy out of distribution among these sequences; nan if
            there is none.
        scores: Previous-token and induction scores of every head, in distribution.
        hops: Matching in the layer of each step, for steps that have a layer.
        attention_inside: Attention of the last position to the pair of each step, by
            the head of the step, in distribution.
        attention_outside: The same attention out of distribution.
    """

    grounds = bases.CHAINS

    verdict: Literal["unfit", "memorising", "generalising"]
    circuit: Circuit | None
    path: tuple[tuple[int, int], ...]
    steps: int
    inside: float
    outside: float
    available: float
    outside_available: float
    scores: HeadScores
    hops: tuple[KernelMatching, ...]
    attention_inside: tuple[float, ...]
    attention_outside: tuple[float, ...]

    def headline(self) -> str:
        """Return behaviour and mechanism in one sentence."""
        right = f"{self.inside:.1%} right in and {self.outside:.1%} out of distribution"
        how = {
            "induction": "every step is a matching of tokens (induction)",
            "memorising": "its steps match the tokens of the task only (memorising)",
            "other": "its heads attend to the right pairs, but not by matching tokens",
            "copy": "a head copies previous tokens, and no further ones match them",
            "none": "no head copies previous tokens",
            None: "there are no more layers than steps",
        }[self.circuit]
        return f"{self.verdict.capitalize()}: {right}; {how}."

    def shown(self) -> dict[str, Any]:
        """Return the numbers behind the headline."""
        rows: dict[str, Any] = {
            "steps available": self.available,
            "right where they are": self.outside_available,
            f"{head_name(self.path[0])}, to previous tokens": self.copying,
        }
        ends = zip(self.path[1:], self.hops, self.attention_outside, strict=True)
        for place, hop, attended in ends:
            name = head_name(place)
            rows[f"{name}, tokens that match"] = float(hop.trained.top)
            rows[f"{name}, random tokens"] = float(hop.random.top)
            rows[f"{name}, matching score"] = float(hop.trained.score)
            rows[f"{name}, attention"] = attended
        return rows

    @property
    def copying(self) -> float:
        """Previous-token score of the head that copies, in distribution."""
        return float(self.scores.previous[self.path[0]])
