"""What the papers on sample sizes share: targets, orders of entries, verdicts."""

import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from suffice.papers._paper import fair, steady
from suffice.papers._sample_size._convolutions import NAMES
from suffice.papers._sample_size._entries import planned_order
from suffice.papers._sample_size._matrices import (
    entries,
    factored,
    random_matrix,
    SEQUENCES,
    TARGETS,
)
from suffice.papers._sample_size._pictures import curves
from suffice.papers._sample_size._planned import PLANNED
from suffice.papers._sample_size._toy import Plane, ProductPlane, TOY
from suffice.papers._sample_size._windows import WINDOWS
from suffice.tangent import prefix_ranks


def test_targets_have_the_printed_singular_values():
    printed = {
        "M1": (11.04,),
        "M2": (23.59,),
        "M3": (15.52, 6.54),
        "M4": (35.96, 11.08),
        "M6": (49.00, 11.94, 8.66),
        "M7": (24.0, 5.32, 2.89, 1.92),
        "M8": (64.8, 11.0, 9.52, 2.38),
    }
    for name, values in printed.items():
        found = np.linalg.svd(TARGETS[name], compute_uv=False)
        np.testing.assert_allclose(found[: len(values)], values, rtol=3e-3)
        np.testing.assert_allclose(found[len(values) :], 0, atol=1e-10)
        model = factored(TARGETS[name])
        assert model.factors[0].shape[1] == len(values)
        np.testing.assert_allclose(model.product(), TARGETS[name], atol=1e-12)


def test_sequences_are_permutations_but_for_the_one_that_repeats_an_entry():
    sizes = [len({tuple(entry) for entry in entries(s).tolist()}) for s in SEQUENCES]
    assert sizes == [16, 16, 15, 16, 16, 16]


def test_planned_orders_see_one_more_direction_with_every_entry():
    for name, rank in (("M1", 7), ("M3", 12), ("M6", 15)):
        order = planned_order(TARGETS[name])
        seen = np.asarray(prefix_ranks(factored(TARGETS[name]), order))
        np.testing.assert_array_equal(seen, np.minimum(np.arange(1, 17), rank))


def test_random_matrices_have_their_rank():
    sigma = np.linalg.svd(random_matrix(8, 3, seed=1), compute_uv=False)
    np.testing.assert_allclose(sigma, [12, 8, 4, 0, 0, 0, 0, 0], atol=1e-12)


def test_toy_models_have_the_same_functions():
    x = jnp.array([0.3, -0.7])
    plane, product = (
        Plane(jnp.array([1.0, 2, 6])),
        ProductPlane(jnp.array([1.0, 2, 2, 3])),
    )
    assert float(product(x)) == pytest.approx(float(plane(x)))


def planned(drop, early):
    """Squared errors that fall by some orders of magnitude at n = R, or before."""
    sizes, needed = np.arange(1, 17), np.array([7, 12])
    low = sizes[None] >= needed[:, None] - early
    error = np.where(low, 0.1 * 10.0 ** (-drop / 2), 0.1)[..., None]
    return xr.Dataset(
        {
            "error": (("target", "size", "seed"), error),
            "optimistic": ("target", needed),
        },
        {"target": ["M1", "M3"], "size": sizes},
    )


def test_a_drop_that_is_too_small_differs(verdicts):
    assert verdicts(PLANNED, planned(12, False)) == ["agrees"] * 2
    assert verdicts(PLANNED, planned(3, False)) == ["undecided"] * 2
    assert verdicts(PLANNED, planned(1, False)) == ["differs"] * 2
    assert verdicts(PLANNED, planned(12, True)) == ["differs"] * 2


def windows(first):
    """Cases whose median squared errors vanish from a size on."""
    sizes = np.arange(4, 46)
    error = np.where(sizes >= np.array(list(first.values()))[:, None], 1e-6, 0.3)
    return xr.Dataset(
        {
            "error": (("case", "size", "seed"), error[..., None]),
            "rank": ("architecture", [7, 15, 21]),
        },
        {"case": list(first), "size": sizes, "architecture": list(NAMES)},
    )


def test_windows_are_judged_at_every_threshold(verdicts):
    cases = [f"{name}, N = {n}" for n in (1, 3) for name in NAMES]
    good = windows(dict(zip(cases, (7, 15, 21, 9, 20, 30), strict=True)))
    assert verdicts(WINDOWS, good) == ["agrees"] * 5
    wide = windows(dict(zip(cases, (7, 15, 21, 20, 25, 30), strict=True)))
    assert verdicts(WINDOWS, wide)[4] == "differs"
    wide["error"][3, 8:] = np.where(wide["size"][8:] < 20, 0.02, 1e-6)[:, None]
    assert verdicts(WINDOWS, wide)[4] == "undecided"  # small at the lax threshold only
    early = windows(dict(zip(cases, (5, 15, 21, 9, 20, 30), strict=True)))
    assert verdicts(WINDOWS, early)[3] == "differs"


def test_a_verdict_that_turns_with_the_threshold_is_none():
    data = xr.Dataset()
    assert steady(lambda level: level < 2, (0.5, 1.0)) is True
    assert steady(lambda level: level < 0.7, (0.5, 1.0)) is None
    assert steady(lambda level: level < 0, (0.5, 1.0)) is False
    assert [fair(v, data) for v in (True, False, None)] == [True, None, None]
    assert fair(False, data.assign_attrs(full=1)) is False


def test_a_toy_that_recovers_too_early_differs(verdicts):
    shape = ("model", "target", "size", "seed")
    size = {"f_L": [3] * 7, "f_NL": [2, 2, 2, 3, 3, 3, 3]}
    need = np.array(list(size.values()))
    error = np.where(np.arange(1, 4) >= need[..., None], 1e-9, 1.0)[
        ..., None
    ] + np.zeros(9)
    data = xr.Dataset(
        {
            "error": (shape, error),
            "optimistic": (("model", "target"), need),
        },
        {
            "model": list(size),
            "target": ["1", "x1", "1+x1", "x2", "1+x2", "x1+x2", "1+x1+x2"],
            "size": [1, 2, 3],
        },
    )
    assert verdicts(TOY, data) == ["agrees"] * 5
    data["error"][1, 5, 1] = 1e-9
    assert verdicts(TOY, data)[3] == "differs"


def test_the_last_panel_of_every_column_has_numbers():
    scales, sizes = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5], [1, 2, 3]
    values = xr.DataArray(
        np.ones((5, 3)), {"scale": scales, "size": sizes}, ("scale", "size")
    )
    axes = curves(values, "n", "error").axes[:5]
    shown = [axis.xaxis.get_tick_params()["labelbottom"] for axis in axes]
    assert shown == [False, False, True, True, True]
    assert axes[4].get_title() == "scale 1e-5"
