"""What to measure next, and how many measurements it takes."""

import functools

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Key

from suffice._core import Model
from suffice.auditing._candidates import quadratic
from suffice.auditing._references import References
from suffice.auditing._standard import Standard
from suffice.auditing._sufficiency import Sufficiency
from suffice.auditing._width import WidthCurve
from suffice.models import Linear

from ._forecast import ErrorForecast
from ._more import more_for_function, more_for_new, MoreSamples
from ._next import foretold_power, next_samples, NextSamples
from ._order import SeenDirections
from ._want import wanted
from ._where import Where

PLANNED = 128  # measurements that are planned one by one


def advice(
    model: Model,
    data: Standard,
    widths: WidthCurve,
    enough: Sufficiency,
    references: References,
    forecast: ErrorForecast | None,
    place: Where,
    *,
    size: int,
    want: float | int | str | None,
    key: Key[Array, ""],
) -> tuple[NextSamples | None, tuple[MoreSamples, ...]]:
    """Return the next samples, and how many until the wanted error is met.

    Args:
        model: The chosen model, fitted to all samples in standard units.
        data: The table in standard units.
        widths: The width curve with the chosen model.
        enough: Whether the samples suffice.
        references: Other descriptions of the table.
        forecast: The error on new measurements with more rows.
        place: Where one may measure.
        size: Number of candidates to propose.
        want: The wanted error; None asks nothing.
        key: Random key.
    """
    noise, answers = enough.noise, []
    aim = None if want is None or widths.exact else wanted(want, data.unit)
    if aim is not None and forecast is not None:
        answers.append(more_for_new(aim, forecast, noise, references, data.unit))
    if enough.guarantee is None or widths.name == "constant":
        return None, tuple(answers)
    if widths.exact:
        place = place.without(data.table.x)
    x = data.standard(place.x)
    directions = SeenDirections(model, data, x, key)
    guide = directions
    if widths.name == "linear" and not widths.exact:
        guide = _bent(data, x, key) or directions
    power = foretold_power(len(set(data.groups)), widths.size, noise)
    count = size if aim is None else max(size, PLANNED)
    plan = guide.order(count, cost=place.cost, again=place.again)
    proposed = next_samples(
        directions,
        plan[:size],
        data,
        place.x,
        now=enough.region_error,
        power=power,
        source=place.source,
        cost=place.cost,
    )
    if aim is not None:
        answers.append(
            more_for_function(
                aim,
                enough.region_error,
                len(data.y),
                directions,
                plan,
                power,
                noise,
                references,
                data.unit,
                place.again,
            )
        )
    return proposed, tuple(answers)


def _bent(data: Standard, x: np.ndarray, key) -> SeenDirections | None:
    """Return the directions of a quadratic model, where the rows allow one.

    Measurements that are planned for a linear model could not show that it is none, so
    they are planned for this one.
    """
    everywhere = np.concatenate([data.x, x])
    squares = [j for j, c in enumerate(everywhere.T) if len(np.unique(c)) > 2]
    features = functools.partial(quadratic, squares=tuple(squares))
    terms = len(features(everywhere[0]))
    if 2 * terms > len(set(data.groups)):
        return None
    try:
        bent = Linear(jnp.zeros(terms), features, data.x.shape[1])
        return SeenDirections(bent, data, x, key)
    except ValueError:  # some products depend on others at all of these inputs
        return None
