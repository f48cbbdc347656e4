"""Shuffled pairs of chains, along which the answer lies some steps ahead."""

import dataclasses
import functools
from typing import get_args, Literal

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Key

from suffice._core import check_size

from ._batch import Batch
from ._order import ternary_order

Layout = Literal["single", "search", "double", "noised", "ordered"]
Order = Literal["random", "sorted", "reversed", "ternary"]


@dataclasses.dataclass(frozen=True)
class ChainTask:
    r"""Pairs of neighbours in chains of distinct tokens, then the starting token.

        b c  a b  c d   a      has, for two steps, the answer   c

    | layout | chains | start |
    |---|---|---|
    | `single` | one | anywhere with an answer |
    | `search` | two, each of half the pairs | in either, anywhere with an answer |
    | `double` | the same | so that the answer ends a chain |
    | `noised` | the same, each with one stray pair in place of one | the same |
    | `ordered` | one | anywhere; a last token says how many steps, 1 to `steps` |

    A stray pair leads from a token outside of all chains to an inner token of a chain.
    Training and test sequences have different pairs: the difference of neighbours
    modulo `modulus` is a train residue or a test residue. No ordered pair of a test
    sequence therefore occurs in training, while every token does. Groups are `train`
    (in distribution) and `test` (out of distribution).

    `meta` holds `order` (the edge at each place; edge `k` of a chain leads from its
    token `k` to `k + 1`, edges of the second chain are numbered after those of the
    first, stray pairs last), `start` (index of the starting token in its chain), `hops`
    (number of steps), `path` (the tokens from start to answer) and `slots` (the
    position of the second token of the pair of each step). After the last step, path
    and slots are -1.

    Attributes:
        steps: Number of steps from the start to the answer; the largest number for
            `ordered`.
        pairs: Number of pairs in a sequence.
        layout: A row of the table above.
        order: `random`, `sorted`, `reversed`, or `ternary` (`ternary_order`).
        tokens: The tokens are `range(*tokens)`.
        modulus: Modulus of the differences of neighbours.
        train_residues: Differences in training.
        test_residues: Differences out of distribution.

    Source:
        The chains of arXiv:2405.15302, as generated in the group's published code.

    Examples:
        >>> task = sf.reasoning.ChainTask(steps=2, pairs=3)
        >>> batch = task.batch(jax.random.key(0), 1, "train")
        >>> *pairs, start = batch.tokens[0].tolist()
        >>> step = dict(zip(pairs[::2], pairs[1::2]))
        >>> step[step[start]] == int(batch.label[0])  # two steps along the chain
        True
    """

    steps: int = 2
    pairs: int = 6
    layout: Layout = "single"
    order: Order = "random"
    tokens: tuple[int, int] = (20, 101)
    modulus: int = 5
    train_residues: tuple[int, ...] = (0, 1, 4)
    test_residues: tuple[int, ...] = (2, 3)

    def __post_init__(self):
        for name, known in (("layout", get_args(Layout)), ("order", get_args(Order))):
            if getattr(self, name) not in known:
                raise ValueError(
                    f"{name} is {getattr(self, name)!r}; expected one of "
                    f"{', '.join(known)}."
                )
        self._check_residues()
        self._check_sizes()

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups of sequences."""
        return ("train", "test")

    @property
    def vocab(self) -> int:
        """Number of tokens."""
        return self.tokens[1]

    @property
    def length(self) -> int:
        """Number of tokens of a sequence."""
        return 2 * self.pairs + (2 if self.layout == "ordered" else 1)

    @property
    def chains(self) -> int:
        """Number of chains."""
        return 1 if self.layout in ("single", "ordered") else 2

    @property
    def edges(self) -> int:
        """Number of edges of each chain."""
        return self.pairs // self.chains - (self.layout == "noised")

    def batch(self, key: Key[Array, ""], size: int, group: str = "train") -> Batch:
        """Draw sequences of a group.

        Args:
            key: Random key; equal keys give equal batches.
            size: Number of sequences.
            group: `train` or `test`.

        Raises:
            ValueError: There is no such group.
        """
        if group not in self.groups:
            raise ValueError(f"group is {group!r}; expected train or test.")
        residues = self.train_residues if group == "train" else self.test_residues
        return self._draw(size, key, np.isin(np.arange(self.modulus), residues))

    @functools.partial(jax.jit, static_argnames=("self", "size"))
    def _draw(self, size, key, allowed):
        """Draw a batch with allowed residues; compiled once for both groups."""
        k_chain, k_stray, k_order, k_start = jax.random.split(key, 4)
        chains, used = self._draw_chains(k_chain, size, allowed)
        edges = jnp.stack([chains[..., :-1], chains[..., 1:]], axis=-1)
        edges = edges.reshape(size, -1, 2)
        if self.layout == "noised":
            stray = self._draw_strays(k_stray, chains, used, allowed)
            edges = jnp.concatenate([edges, stray], axis=1)
        order = self._draw_order(k_order, size)
        written = jnp.take_along_axis(edges, order[..., None], axis=1)
        which, start, hops = self._draw_start(k_start, size)
        path = self._path(chains, which, start, hops)
        tail = [path[:, :1], hops[:, None]][: 1 + (self.layout == "ordered")]
        tokens = jnp.concatenate([written.reshape(size, -1), *tail], axis=1)
        meta = {"order": order, "start": start, "hops": hops, "path": path}
        meta["slots"] = self._slots(order, which, start, hops)
        return Batch(tokens, path[jnp.arange(size), hops], meta)

    def _draw_chains(self, key, size, residues):
        """Tokens `(size, chains, edges + 1)`, and which tokens are used.

        Each next token is uniform over the unused ones at an allowed difference, which
        is what drawing a residue and a block, until they fit, amounts to.
        """
        used = jnp.zeros((size, self.tokens[1] - self.tokens[0]), bool)
        keys = jax.random.split(key, (self.chains, self.edges + 1))
        draw = functools.partial(jax.random.uniform, shape=used.shape)
        draws = jax.vmap(jax.vmap(draw))(keys)  # one program, not one for each node
        chains = []
        for chain in range(self.chains):
            allowed, nodes = ~used, []
            for node in range(self.edges + 1):
                nodes.append(_pick(draws[chain, node], allowed))
                used = used | _one_hot(nodes[-1], used)
                allowed = ~used & self._fits(nodes[-1], residues, ahead=True)
            chains.append(jnp.stack(nodes, axis=1))
        return jnp.stack(chains, axis=1) + self.tokens[0], used

    def _draw_strays(self, key, chains, used, residues):
        """Draw one pair per chain, from an unused token to a random inner token."""
        pairs = []
        for chain, k in enumerate(jax.random.split(key, self.chains)):
            k_inner, k_stray = jax.random.split(k)
            edge = jax.random.randint(k_inner, (len(chains), 1), 1, self.edges)
            inner = jnp.take_along_axis(chains[:, chain], edge, axis=1)[:, 0]
            fits = self._fits(inner - self.tokens[0], residues, ahead=False)
            stray = _pick(jax.random.uniform(k_stray, used.shape), ~used & fits)
            used = used | _one_hot(stray, used)
            pairs.append(jnp.stack([stray + self.tokens[0], inner], axis=1))
        return jnp.stack(pairs, axis=1)

    def _fits(self, index, residues, ahead):
        """Return which tokens may follow a token (or precede it)."""
        other = jnp.arange(self.tokens[1] - self.tokens[0])[None]
        difference = (other - index[:, None]) * (1 if ahead else -1)
        return residues[difference % self.modulus]

    def _draw_order(self, key, size):
        if self.order == "random":
            draws = jax.random.uniform(key, (size, self.pairs))
            return jnp.argsort(draws, axis=1)
        fixed = {
            "sorted": np.arange(self.pairs),
            "reversed": np.arange(self.pairs)[::-1],
            "ternary": ternary_order(self.pairs),
        }[self.order]
        return jnp.tile(jnp.asarray(fixed)[None], (size, 1))

    def _draw_start(self, key, size):
        """Draw the chain, the index of the start in it, and the number of steps."""
        k_chain, k_hops, k_start = jax.random.split(key, 3)
        which = jax.random.randint(k_chain, (size,), 0, self.chains)
        hops = jnp.full(size, self.steps)
        if self.layout == "ordered":
            hops = jax.random.randint(k_hops, (size,), 1, self.steps + 1)
        last = self.edges - hops
        if self.layout in ("double", "noised"):
            return which, last, hops
        return which, jax.random.randint(k_start, (size,), 0, last + 1), hops

    def _path(self, chains, which, start, hops):
        hop = jnp.arange(self.steps + 1)[None]
        chain = chains[jnp.arange(len(chains)), which]
        edge = jnp.minimum(start[:, None] + hop, self.edges)
        path = jnp.take_along_axis(chain, edge, axis=1)
        return jnp.where(hop <= hops[:, None], path, -1)

    def _slots(self, order, which, start, hops):
        hop = jnp.arange(self.steps)[None]
        edge = (which * self.edges + start)[:, None] + hop
        place = jnp.argsort(order, axis=1)
        edge = jnp.minimum(edge, self.pairs - 1)
        slots = 2 * jnp.take_along_axis(place, edge, axis=1) + 1
        return jnp.where(hop < hops[:, None], slots, -1)

    def _check_residues(self):
        train, test = set(self.train_residues), set(self.test_residues)
        if not (train and test and train | test <= set(range(self.modulus))):
            raise ValueError(
                f"residues are {self.train_residues} and {self.test_residues}; "
                f"expected some of 0 to modulus - 1 = {self.modulus - 1} in each."
            )
        if both := train & test:
            raise ValueError(f"residue {both.pop()} is in training and in the test.")

    def _check_sizes(self):
        check_size(
            max(*self.tokens, self.length),
            f"a task with tokens {self.tokens} and {self.pairs} pairs",
            "take fewer tokens or pairs",
        )
        if self.pairs % self.chains:
            raise ValueError(
                f"pairs is {self.pairs}; {self.layout} needs an even number."
            )
        if self.layout == "noised" and self.edges < 2:
            raise ValueError(
                f"pairs is {self.pairs}; noised chains need inner tokens, hence at "
                "least 6 pairs."
            )
        if not 1 <= self.steps <= self.edges:
            raise ValueError(
                f"steps is {self.steps}; each chain has {self.edges} edges, so "
                f"expected 1 to {self.edges}."
            )
        if self.layout == "ordered" and self.steps >= self.tokens[0]:
            raise ValueError(
                f"tokens begin at {self.tokens[0]}; numbers of steps up to "
                f"{self.steps} are tokens too and must come before."
            )
        fewest = min(len(self.train_residues), len(self.test_residues))
        low, high = self.tokens
        written = self.chains * (self.edges + 1 + (self.layout == "noised"))
        if low < 0 or (high - low) // self.modulus * fewest < written:
            raise ValueError(
                f"tokens are {self.tokens}; {written} distinct ones at the differences "
                f"of the task need at least {-(-written // fewest) * self.modulus}."
            )


def _pick(draws, allowed):
    """Return an allowed index of each row, uniform because the draws are uniform."""
    return jnp.argmax(jnp.where(allowed, draws, -1.0), axis=1)


def _one_hot(index, like):
    return jax.nn.one_hot(index, like.shape[1], dtype=bool)
