"""Which inputs a law uses: the error on unseen samples where one input says nothing."""

import dataclasses

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from suffice._core import numpy_rng, ravel, Result
from suffice.auditing._candidates import predict_one, template
from suffice.auditing._category import grouped
from suffice.auditing._standard import Standard
from suffice.auditing._width import WidthCurve

SHUFFLES = 199
USED = 0.01


@dataclasses.dataclass(frozen=True)
class Relevance(Result):
    """Which inputs a law uses, tested against chance on unseen samples.

    Attributes:
        inputs: Names of the inputs; one of words is replaced as a whole.
        rise: By how much the mean squared error on unseen samples rises, relative to
            the variance of the target, when an input is replaced by another value that
            the other inputs allow.
        p: Share of such replacements that predict at least as well as the input itself;
            that one is counted too.
        shuffles: Number of replacements of each input.
    """

    inputs: tuple[str, ...]
    rise: Float[np.ndarray, " dim"]
    p: Float[np.ndarray, " dim"]
    shuffles: int

    @property
    def used(self) -> tuple[str, ...]:
        """Names of the inputs that are used beyond chance (p at most 1 %)."""
        return tuple(
            name for name, p in zip(self.inputs, self.p, strict=True) if p <= USED
        )

    def headline(self) -> str:
        """Return which inputs are used in one sentence."""
        rest = [name for name in self.inputs if name not in self.used]
        used = (
            f"The law uses {', '.join(self.used)}"
            if self.used
            else ("No use of any single input is seen")
        )
        if not self.used or not rest:
            return f"{used}."
        return f"{used}; no use of {', '.join(rest)} is seen."


def relevance(
    data: Standard, widths: WidthCurve, *, key: Key[Array, ""]
) -> Relevance | None:
    """Replace each input in turn and predict unseen samples again.

    An input is split into what the other inputs tell of it linearly and the rest; the
    rest is dealt out anew among the distinct inputs. So correlated inputs keep their
    correlation.

    Args:
        data: The table in standard units.
        widths: The width curve, whose chosen model is tested in its folds.
        key: Random key of the shuffles.

    Returns:
        The test of every input; None for a constant, which uses none.

    Source:
        Breiman 2001 (permuted inputs); the p-value counts the samples themselves, as in
        Phipson and Smyth 2010.
    """
    if widths.name == "constant":
        return None
    rng = numpy_rng(key)
    before = float(widths.error[widths.chosen])
    build = ravel(template(widths.name, data.x.shape[1]))[1]
    models = [build(jnp.asarray(theta)) for theta in widths.theta]
    names, errors = [], []
    for columns, name in grouped(data.table.inputs, data.table.categories):
        replaced = _replaced(data, list(columns), rng)
        errors.append(_errors(data, widths.fold, models, list(columns), replaced))
        names.append(name)
    errors = np.array(errors)
    return Relevance(
        inputs=tuple(names),
        rise=errors.mean(axis=1) - before,
        p=(1 + (errors <= before).sum(axis=1)) / (1 + SHUFFLES),
        shuffles=SHUFFLES,
    )


def _replaced(data: Standard, columns: list[int], rng) -> np.ndarray:
    """Draw other values of one input, `(shuffles, n, columns)`."""
    first = np.unique(data.groups, return_index=True)[1]
    x = data.x[first]
    design = np.column_stack([np.ones(len(x)), np.delete(x, columns, axis=1)])
    told = design @ np.linalg.lstsq(design, x[:, columns])[0]
    rest = x[:, columns] - told
    drawn = [told + rng.permutation(rest) for _ in range(SHUFFLES)]
    return np.array(drawn)[:, data.groups]


def _errors(data, fold, models, columns, replaced) -> np.ndarray:
    """Mean squared error on unseen samples for every draw."""
    total = np.zeros(len(replaced))
    for k, model in zip(np.unique(fold), models, strict=True):
        rows = np.flatnonzero(fold == k)
        x = np.repeat(data.x[None, rows], len(replaced), axis=0)
        x[:, :, columns] = replaced[:, rows]
        value = predict_one(model, x.reshape(-1, x.shape[2])).reshape(x.shape[:2])
        squares = (data.response(value) - data.y[rows]) ** 2
        total += squares @ data.weights[rows]
    return total / len(data.y)
