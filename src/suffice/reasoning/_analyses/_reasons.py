"""What explaining a transformer returns: the reasons behind its answers."""

import dataclasses
from typing import Any, Literal

from suffice._core import Result
from suffice._core.literature import bases

from ._flow import Flow
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

    grounds = bases.CHAINS

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
