"""The solution of every run, with fractions and intervals over the seeds."""

import json

import xarray

from suffice.reasoning._analyses._solution import (
    ANSWER,
    COMMUTE,
    FIT,
    route,
    ROUTES,
    SIDE,
    solution,
    SOLUTIONS,
)
from suffice.sweeps import wilson
from suffice.sweeps._shared import DONE

from ._composition import LABELLED


def phases(
    results: xarray.Dataset,
    *,
    fit: float = FIT,
    answer: float = ANSWER,
    commute: float = COMMUTE,
    confidence: float = 0.95,
) -> xarray.Dataset:
    """Return solution and route of every run of a `CompositionStudy`, with counts.

    | phase | at the last step |
    |---|---|
    | `unfit` | accuracy below `fit` on some seen pair |
    | `inferential` | else, a share of at least `answer` of inferential answers, |
    | | and at most a third as many symmetric ones |
    | `symmetric` | else, a share of at least `answer` of symmetric answers, |
    | | and at most a third as many inferential ones |
    | `mixed` | else, a share of at least `answer` of both together |
    | `memorising` | none of these |

    Answers are symmetric if they equal the label of the reverse pair; if training does
    not have that pair, they are so where at least `commute` of all answers equal those
    to the reverse, by how many that exceeds the inferential ones.

    The route is a second classification: `inferential` or `symmetric` where the score
    of `knock_out` is at least ½ on that side, `both` between them, `open` without a
    score.

    Args:
        results: The data set from `suffice.sweeps.open_store`, finished or not.
        fit: Smallest accuracy on every seen pair.
        answer: Smallest share of one answer on the unseen pair.
        commute: Smallest share of equal answers to the pair and its reverse.
        confidence: Confidence level of the intervals, between 0 and 1.

    Returns:
        A data set over the grid: `phase` and `route` of every run (an index into
        `phases` and `routes`, -1 where it is not finished), and `runs`, `fraction`,
        `low`, `high` of each phase with a dimension `solution`. The thresholds are
        attributes of the data set.

    Raises:
        ValueError: The data set is not that of a `CompositionStudy`.

    Source:
        The phases of arXiv:2405.05409 and of its published code; the thresholds are
        chosen here.

    Examples:
        >>> import xarray
        >>> last = {"worst": 1.0, "inferential": 0.9, "symmetric": 0.0}
        >>> last |= {"commutativity": 0.1, "mechanism": 0.7}
        >>> columns = {k: (("seed", "time"), [[v]]) for k, v in last.items()}
        >>> store = xarray.Dataset(columns)
        >>> store = store.assign(status=("seed", [2]))  # one finished run
        >>> store.attrs["study"] = '{"task": {"preset": "exception"}}'
        >>> int(sf.reasoning.phases(store)["runs"].sel(solution="inferential"))
        1
    """
    shares = "worst", "inferential", "symmetric", "commutativity"
    if missing := {*shares, "mechanism", "status"} - set(results.variables):
        raise ValueError(
            f"the data set lacks {', '.join(sorted(missing))}; expected the store of a "
            "suffice.reasoning.CompositionStudy."
        )
    last = results.isel(time=-1)
    phase = solution(
        *(last[name] for name in shares),
        labelled=_labelled(results),
        fit=fit,
        answer=answer,
        commute=commute,
    )
    done = results["status"] == DONE
    phase = xarray.where(done, phase, -1)
    side = xarray.where(done, route(last["mechanism"]), -1)
    each = [(phase == code).sum("seed") for code in range(len(SOLUTIONS))]
    runs = xarray.concat(each, dim="solution")
    runs = runs.assign_coords(solution=list(SOLUTIONS))
    total = done.sum("seed")
    low, high = xarray.apply_ufunc(
        lambda k, n: wilson(k, n, confidence=confidence),
        *xarray.broadcast(runs, total),
        output_core_dims=[[], []],
    )
    fraction = runs / total.where(total > 0)
    columns = {"phase": phase, "route": side, "runs": runs, "fraction": fraction}
    names = {"phases": " ".join(SOLUTIONS), "routes": " ".join(ROUTES), "side": SIDE}
    bounds = {"fit": fit, "answer": answer, "commute": commute}
    about = results.attrs | names | bounds | {"confidence": confidence}
    return xarray.Dataset(columns | {"low": low, "high": high}, attrs=about)


def _labelled(results):
    """Return whether training shows the reverse pair, at every point of the grid.

    A coordinate over whole tasks writes its fields as `preset=exception`.
    """
    for axis in results.coords.values():
        if axis.attrs.get("field") in ("task", "task.preset"):
            return axis.astype(str).str.contains("|".join(LABELLED))
    return json.loads(results.attrs["study"])["task"]["preset"] in LABELLED
