"""The papers on sample sizes and on a single neuron: targets, verdicts, exact parts."""

import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from suffice.papers import paper, PAPERS, Run
from suffice.papers._sample_size._entries import (
    EXPECTED,
    PLANNED,
    planned_order,
    SEQUENCE,
)
from suffice.papers._sample_size._matrices import (
    entries,
    factored,
    random_matrix,
    SEQUENCES,
    TARGETS,
)
from suffice.papers._sample_size._toy import Plane, ProductPlane, TOY
from suffice.papers.rank_stratification._strata import STRATA
from suffice.papers.single_neuron._orbits import BOUNDARY, BRANCHES, WATCHED
from suffice.papers.single_neuron._scale import RATE
from suffice.papers.single_neuron._sizes import SIZES
from suffice.tangent import prefix_ranks


@pytest.fixture
def run(tmp_path):
    return Run(False, tmp_path, lambda sentence: None)


def verdicts(experiment, data):
    return [claim.verdict for claim in experiment.judge(data)]


@pytest.mark.parametrize("name", PAPERS)
def test_every_paper_is_found_and_its_experiments_have_names_of_their_own(name):
    found = paper(name)
    names = [experiment.name for experiment in found.experiments]
    assert found.name == name
    assert len(set(names)) == len(names) > 1
    assert all(n.replace("-", "").isalnum() for n in names)


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
    """Errors that fall by some orders of magnitude at n = R."""
    sizes, needed = np.arange(1, 17), np.array([7, 12])
    low = sizes[None] >= needed[:, None]
    error = np.where(low, 0.1 * 10.0 ** (-drop / 2), 0.1)[..., None]
    hit = low | ((sizes == 6) & early)
    return xr.Dataset(
        {
            "error": (("target", "size", "seed"), error),
            "recovered": (("target", "size", "seed"), hit[..., None].astype(int)),
            "optimistic": ("target", needed),
        },
        {"target": ["M1", "M3"], "size": sizes},
    )


def test_a_drop_that_is_too_small_differs():
    assert verdicts(PLANNED, planned(12, False)) == ["agrees"] * 4
    assert verdicts(PLANNED, planned(4, False))[::2] == ["differs"] * 2
    assert verdicts(PLANNED, planned(12, True))[1::2] == ["differs"] * 2


def test_designed_sequences_that_recover_late_differ():
    sizes = np.arange(1, 17)
    hit = (sizes[None] >= np.array(EXPECTED)[:, None])[..., None].astype(int)
    data = xr.Dataset(
        {
            "recovered": (("sequence", "size", "seed"), hit),
            "threshold": ("sequence", list(EXPECTED)),
            "kappa": ("sequence", np.ones(6)),
        },
        {"size": sizes},
    )
    assert verdicts(SEQUENCE, data) == ["agrees"] * 3
    data["recovered"][2, 11:14] = 0
    assert verdicts(SEQUENCE, data) == ["agrees", "agrees", "differs"]


def test_the_published_boundary_would_be_recognised():
    def branches(boundary):
        coarse, fine = np.linspace(0.02, 1, 25), np.linspace(0.7, 0.72, 41)
        if boundary == 0.74:
            fine = np.linspace(0.73, 0.75, 41)
        ratio = np.concatenate([coarse, fine, [0.9]])
        gap = np.sqrt(np.clip(boundary - ratio, 0, None))
        t = np.unique(np.append(WATCHED, 5e4))
        return xr.Dataset(
            {
                "gap": ("ratio", gap),
                "gap_at": (("ratio", "t"), np.tile(t**-0.5, (len(ratio), 1))),
                "loss_at": (("ratio", "t"), np.tile(t**-2.0, (len(ratio), 1))),
            },
            {"ratio": ratio, "t": t},
        )

    assert verdicts(BRANCHES, branches(0.74))[0] == "agrees"
    assert verdicts(BRANCHES, branches(BOUNDARY))[0] == "differs"
    assert verdicts(BRANCHES, branches(BOUNDARY))[2] == "agrees"


@pytest.mark.parametrize(("gained", "verdict"), [(0, "agrees"), (12, "differs")])
def test_learning_rates_are_compared_start_by_start(gained, verdict):
    flow = np.arange(100) < 60
    fast = flow | (np.arange(100) >= 100 - gained)
    data = xr.Dataset(
        {
            "recovered": (("method", "seed"), np.stack([flow, fast, flow]).astype(int)),
            "curvature": ("seed", np.where(flow, 3.0, 5.0)),
        },
        {"method": ["flow", "0.5", "0.1"]},
    )
    assert verdicts(RATE, data) == [verdict, "differs"]


def test_sizes_and_ranks_of_table_1(run):
    assert verdicts(SIZES, SIZES.measure(run)) == ["agrees", "differs"] * 2


@pytest.mark.slow
def test_model_ranks_and_the_two_tables_that_are_wrong(run):
    data = STRATA.measure(run)
    assert verdicts(STRATA, data) == ["agrees"] * 3 + ["differs"] * 3


def test_a_toy_that_recovers_too_early_differs():
    shape = ("model", "target", "size", "seed")
    size = {"f_L": [3] * 7, "f_NL": [2, 2, 2, 3, 3, 3, 3]}
    need = np.array(list(size.values()))
    error = np.where(np.arange(1, 4) >= need[..., None], 1e-9, 1.0)[..., None]
    hit = (error < 1e-3).astype(int)
    data = xr.Dataset(
        {
            "error": (shape, error),
            "recovered": (shape, hit),
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
