"""What to measure next, and how many measurements it takes."""

from jaxtyping import Array, Key

from suffice._core import Model
from suffice.auditing._references import References
from suffice.auditing._standard import Standard
from suffice.auditing._sufficiency import Sufficiency
from suffice.auditing._width import WidthCurve

from ._forecast import ErrorForecast
from ._more import more_for_function, more_for_new, MoreSamples, wanted
from ._next import foretold_power, next_samples, NextSamples
from ._order import SeenDirections
from ._where import Where


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
    directions = SeenDirections(model, data, data.standard(place.x), key)
    power = foretold_power(len(set(data.groups)), widths.size, noise)
    proposed = next_samples(
        directions,
        data,
        place.x,
        size=size,
        now=enough.region_error,
        power=power,
        source=place.source,
        again=place.again,
        cost=place.cost,
    )
    if aim is not None:
        answers.append(
            more_for_function(
                aim,
                enough.region_error,
                len(data.y),
                directions,
                power,
                noise,
                references,
                data.unit,
                place.again,
            )
        )
    return proposed, tuple(answers)
