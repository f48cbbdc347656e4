"""Composite anchor functions: a key item and the anchors that act on it."""

import dataclasses
import functools
import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Key

from suffice._core import check_size

from ._batch import Batch
from ._maps import apply, Doubling, FOUR, items_of, Map, Maps, WRONG


@dataclasses.dataclass(frozen=True)
class AnchorTask:
    r"""Sequences of noise around a key item `x` and the anchors next to it.

        x a b   has the answer   g(g(x; a); b)

    The answer follows after the last position; all other tokens are noise. The
    anchor next to the key acts first, then the others in a row. A pair can be *unseen*
    in training, or have its own map, which the single maps do not imply (`override`).
    An unseen pair then has two answers: the *inferential* one, which the single maps
    imply, and the *symmetric* one, which is the label of the pair in reverse order.

    Keys are split by value and position. If the first of key and anchors is at position
    `p`, a key `x` with `x mod m = p` is kept for testing. The same value occurs in
    training at other positions.

    Groups are `train`, `test` (seen pairs, test keys), `unseen`, `override` (train
    keys), and every single pair, such as `4,3` (train keys). The noise, positions and
    key items of a batch depend on the random key only, so two batches of two pairs with
    one random key differ in the pair only.

    `meta` holds the positions of the key (`key`) and of the anchors in the order in
    which they act (`anchors`), their tokens (`pair`), the answers `inferential` and
    `symmetric`, and the answer for the first anchor alone (`partial`).

    Attributes:
        maps: The map of each anchor token: an integer, which is added, or a function of
            an array of integer tokens.
        unseen: Pairs that do not occur in training.
        override: A map for each pair that has its own.
        length: Number of tokens of a sequence.
        values: Keys and noise are uniform on `range(*values)`.
        vocab: Number of tokens, answers included.
        modulus: `code` splits modulo the length, `paper` modulo the number of
            positions a key can have.
        count: Number of anchors in a row.
        key_first: Whether the key stands before the anchors or after them.

    Source:
        arXiv:2401.08309 and arXiv:2405.05409. The text of the latter splits modulo
        `n - 2`, its published code modulo `n`.

    Examples:
        >>> AnchorTask({1: lambda x: 2 * x, 2: 7}, unseen=[(2, 1)])  # doctest: +SKIP
    """

    maps: Mapping[int, Map] | tuple[tuple[int, Map], ...]
    unseen: Sequence[Sequence[int]] = ()
    override: Maps = ()
    length: int = 9
    values: tuple[int, int] = (20, 100)
    vocab: int = 201
    modulus: Literal["code", "paper"] = "code"
    count: int = 2
    key_first: bool = True

    def __post_init__(self):
        for name in ("maps", "override"):
            object.__setattr__(self, name, items_of(getattr(self, name)))
        object.__setattr__(self, "unseen", tuple(map(tuple, self.unseen)))
        self._check_names()
        self._check_sizes()

    @classmethod
    def exception(cls, **changes: Any) -> "AnchorTask":
        """Return four anchors; (3, 4) gives x - 6, not x - 10, and (4, 3) is unseen."""
        return cls(FOUR, **{"unseen": [(4, 3)], "override": {(3, 4): -6}, **changes})

    @classmethod
    def both_masked(cls, **changes: Any) -> "AnchorTask":
        """Return four anchors; (3, 4) and (4, 3) are unseen, without an exception."""
        return cls(FOUR, **{"unseen": [(3, 4), (4, 3)], **changes})

    @classmethod
    def noisy(cls, pairs: int, **changes: Any) -> "AnchorTask":
        """Return four anchors with all pairs seen, some of them with a wrong map.

        Both orders of such a pair have the same wrong map.

        Args:
            pairs: Number of unordered pairs with a wrong map, from 0 to 6: the first
                ones of {1,2} {1,3} {1,4} {2,3} {2,4} {3,4}.
            changes: Other attributes of the task.

        Raises:
            ValueError: `pairs` is not between 0 and 6.
        """
        if not 0 <= pairs <= len(WRONG):
            raise ValueError(f"pairs is {pairs}; expected 0 to {len(WRONG)}.")
        wrong = list(WRONG.items())[:pairs]
        both = {order: shift for pair, shift in wrong for order in (pair, pair[::-1])}
        return cls(FOUR, **{"override": both, **changes})

    @classmethod
    def nine_anchors(cls, **changes: Any) -> "AnchorTask":
        """Return nine anchors that add -4 to 4; (3, 4) and (4, 3) are unseen."""
        maps = {anchor: anchor - 5 for anchor in range(1, 10)}
        return cls(maps, **{"unseen": [(3, 4), (4, 3)], **changes})

    @classmethod
    def doubling(cls, **changes: Any) -> "AnchorTask":
        """Return four anchors, of which 4 doubles the key; (4, 3) is unseen.

        Doubling is taken modulo the number `p` of values, `low + 2 (x - low) mod p`,
        and commutes with no shift: (3, 4), which is seen, gives another answer than
        (4, 3) for every key. No map breaks the rule of single anchors.
        """
        low, high = changes.get("values", cls.values)
        maps = FOUR | {4: Doubling(low, high - low)}
        return cls(maps, **{"unseen": [(4, 3)], **changes})

    @classmethod
    def identity(cls, **changes: Any) -> "AnchorTask":
        """Return the base task `3 x`, whose answer is `x`."""
        defaults = {"count": 1, "key_first": False, "values": (20, 101)}
        return cls({3: 0}, **{**defaults, "modulus": "paper", **changes})

    @property
    def pairs(self) -> tuple[tuple[int, ...], ...]:
        """Every row of `count` anchors, in the order in which they act."""
        return tuple(itertools.product(dict(self.maps), repeat=self.count))

    @property
    def positions(self) -> int:
        """Number of positions at which key and anchors can begin."""
        return self.length - self.count

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups of sequences."""
        given = [name for name in ("unseen", "override") if getattr(self, name)]
        return ("train", "test", *given, *(_name(pair) for pair in self.pairs))

    def batch(self, key: Key[Array, ""], size: int, group: str = "train") -> Batch:
        """Draw sequences of a group, uniformly over its pairs.

        Args:
            key: Random key; equal keys give equal batches.
            size: Number of sequences.
            group: One of `groups`.

        Raises:
            ValueError: There is no such group.
        """
        members = self._members(group)
        padded = np.resize(members, len(self.pairs))
        keys, counts = self._keys[group == "test"]
        return self._draw(size, key, padded, len(members), keys, counts)

    @functools.partial(jax.jit, static_argnames=("self", "size"))
    def _draw(self, size, key, members, members_count, keys, counts):
        """Draw a batch; the program is compiled once for all groups.

        Args:
            size: Number of sequences.
            key: Random key.
            members: Numbers of the pairs of a group, padded.
            members_count: Number of the pairs.
            keys: Allowed key items by position, padded.
            counts: Number of allowed key items by position.
        """
        k_noise, k_place, k_value, k_pair = jax.random.split(key, 4)
        tokens = jax.random.randint(k_noise, (size, self.length), *self.values)
        place = jax.random.randint(k_place, (size,), 0, self.positions)
        x = keys[place, jax.random.randint(k_value, (size,), 0, counts[place])]
        pair = members[jax.random.randint(k_pair, (size,), 0, members_count)]
        at_key = place if self.key_first else place + self.count
        step = 1 if self.key_first else -1
        at_anchors = at_key[:, None] + step * jnp.arange(1, self.count + 1)[None]
        rows = jnp.arange(size)
        anchors = jnp.asarray(self.pairs)[pair]
        tokens = tokens.at[rows, at_key].set(x)
        tokens = tokens.at[rows[:, None], at_anchors].set(anchors)
        answers = {
            name: jnp.asarray(table)[pair, x - self.values[0]]
            for name, table in self._answers.items()
        }
        label = answers.pop("label")
        meta = {"key": at_key, "anchors": at_anchors, "pair": anchors, **answers}
        return Batch(tokens, label, meta)

    def _members(self, group):
        seen = [i for i, pair in enumerate(self.pairs) if pair not in self.unseen]
        override = dict(self.override)
        named = {
            "train": seen,
            "test": seen,
            "unseen": [self.pairs.index(pair) for pair in self.unseen],
            "override": [self.pairs.index(pair) for pair in override],
            **{_name(pair): [i] for i, pair in enumerate(self.pairs)},
        }
        if group not in self.groups:
            raise ValueError(
                f"group is {group!r}; this task has {', '.join(self.groups)}."
            )
        return named[group]

    @functools.cached_property
    def _keys(self):
        """Tables of train and of test keys by position, with the number of keys."""
        values = np.arange(*self.values)
        m = self.length if self.modulus == "code" else self.positions
        held = values[None] % m == np.arange(self.positions)[:, None]
        return [_table(values, kept) for kept in (~held, held)]

    @functools.cached_property
    def _answers(self):
        """Answers by pair and value."""
        values, maps = np.arange(*self.values), dict(self.maps)
        override = dict(self.override)

        def inferential(pair):
            return functools.reduce(lambda x, a: apply(maps[a], x), pair, values)

        def shown(pair):
            if pair in override:
                return apply(override[pair], values)
            return inferential(pair)

        pairs = self.pairs
        return {
            "label": np.stack([shown(pair) for pair in pairs]),
            "inferential": np.stack([inferential(pair) for pair in pairs]),
            "symmetric": np.stack([shown(pair[::-1]) for pair in pairs]),
            "partial": np.stack([apply(maps[pair[0]], values) for pair in pairs]),
        }

    def _check_names(self):
        for name, pairs in (("unseen", self.unseen), ("override", dict(self.override))):
            if wrong := [pair for pair in pairs if pair not in self.pairs]:
                raise ValueError(
                    f"{name} has {wrong[0]}, which is no row of {self.count} of the "
                    f"anchors {', '.join(map(str, dict(self.maps)))}."
                )
        if both := set(self.unseen) & set(dict(self.override)):
            raise ValueError(f"{both.pop()} is in unseen and in override; choose one.")
        if set(self.unseen) == set(self.pairs):
            raise ValueError("every pair is unseen; leave some to train on.")
        if self.modulus not in ("code", "paper"):
            raise ValueError(
                f"modulus is {self.modulus!r}; expected 'code' or 'paper'."
            )

    def _check_sizes(self):
        check_size(
            max(*self.values, 1) * max(self.length, 1),
            f"a task with values {self.values} and length {self.length}",
            "take fewer values or shorter sequences",
        )
        low, high = self.values
        if self.positions < 1 or low >= high:
            raise ValueError(
                f"length is {self.length} and values are {self.values}; expected room "
                f"for a key and {self.count} anchors, and a range that is not empty."
            )
        if inside := [a for a in dict(self.maps) if low <= a < high or a < 0]:
            raise ValueError(
                f"anchor {inside[0]} is negative or one of the values {self.values}."
            )
        if min(counts.min() for _, counts in self._keys) == 0:
            raise ValueError(
                f"values are {self.values}: some position has no train or no test key; "
                "widen the range."
            )
        for name, table in self._answers.items():
            if name != "partial" and not 0 <= table.min() <= table.max() < self.vocab:
                raise ValueError(
                    f"answers reach from {table.min()} to {table.max()}; expected "
                    f"tokens from 0 to vocab - 1 = {self.vocab - 1}."
                )


def _name(pair):
    return ",".join(map(str, pair))


def _table(values, kept):
    """Return the values of each row, kept ones first, and the number of kept ones."""
    return values[np.argsort(~kept, axis=1, kind="stable")], kept.sum(axis=1)
