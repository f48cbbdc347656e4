"""What a study draws: samples, starts and targets, for any subset of seeds."""

import dataclasses

import numpy as np
import pytest
from small_studies import ENTRIES, NEURON, SEEDS

import suffice.recovery as rec
from suffice.architectures import (
    TwoLayerSpec,
)
from suffice.recovery._padding import padded_size
from suffice.samples import guarantee
from suffice.sweeps import with_field
from suffice.training import train


@pytest.mark.parametrize("samples", [rec.Random(6), rec.Conditioned(6), rec.Planned(6)])
def test_samples_are_nested_in_their_number(samples):
    study = dataclasses.replace(NEURON, samples=samples)
    most = study.members(SEEDS).x
    for n in (1, 3, 5):
        fewer = with_field(study, "samples.size", n).members(SEEDS).x
        np.testing.assert_array_equal(fewer, most[:, :n])


def test_added_seeds_and_other_fields_change_no_number():
    many = NEURON.members(np.arange(20))
    few = NEURON.members(np.array([3, 17]))
    np.testing.assert_array_equal(few.x, many.x[[3, 17]])
    np.testing.assert_array_equal(few.y, many.y[[3, 17]])
    np.testing.assert_array_equal(few.models.w, many.models.w[np.array([3, 17])])
    half = with_field(NEURON, "initialisation.scale", 0.5).members(SEEDS)
    np.testing.assert_array_equal(half.models.a, 0.5 * many.models.a[:8])
    wide = with_field(NEURON, "model.width", 5).members(SEEDS)
    np.testing.assert_array_equal(wide.x, many.x[:8])
    other = dataclasses.replace(NEURON, key=1).members(SEEDS)
    assert not np.isclose(other.x, many.x[:8]).any()
    assert not np.isclose(other.models.w, many.models.w[:8]).any()


@pytest.mark.slow
def test_results_depend_on_no_other_seed_bit_by_bit():
    whole = NEURON.run(SEEDS)
    part = NEURON.run(SEEDS[[6, 2]])
    for name, values in part.items():
        np.testing.assert_array_equal(values, whole[name][[6, 2]], name)


@pytest.mark.parametrize("samples", [rec.Planned(2), rec.Conditioned(2)])
def test_a_seed_alone_has_the_samples_of_its_own_target(samples):
    target = rec.RandomNetwork(width=1, each_seed=True)
    study = dataclasses.replace(NEURON, target=target, samples=samples)
    whole, alone = study.members(SEEDS[:3]), study.members(SEEDS[2:3])
    np.testing.assert_array_equal(alone.x[0], whole.x[2])
    np.testing.assert_array_equal(alone.y[0], whole.y[2])


@pytest.mark.slow
def test_padding_follows_from_the_number_alone_and_changes_rounding_only():
    assert [padded_size(n) for n in (1, 4, 5, 7, 9, 13, 17, 25, 33)] == [
        4, 4, 6, 8, 12, 16, 24, 32, 48,
    ]  # fmt: skip
    study = with_field(NEURON, "samples.size", 3)
    members = study.members(SEEDS)
    plain = train(members.models, members.x, members.y, test=members.test)
    assert study.run(SEEDS)["test_error"] == pytest.approx(plain.test_error, rel=1e-3)


@pytest.mark.slow
def test_conditioned_entries_see_as_much_as_their_number_allows():
    target = ENTRIES.targets(SEEDS)[0]
    study = dataclasses.replace(ENTRIES, samples=rec.Conditioned(size=4))
    random = dataclasses.replace(ENTRIES, samples=rec.Random(size=4))
    for n in (2, 4, 5):
        for x in with_field(study, "samples.size", n).members(SEEDS).x:
            assert guarantee(target, x).rank_s == min(n, 4)
    seen = [guarantee(target, x).rank_s for x in random.members(np.arange(40)).x]
    assert min(seen) < 4


def test_targets_of_their_own_or_one_for_all():
    own = dataclasses.replace(NEURON, target=rec.RandomNetwork(1, each_seed=True))
    one = dataclasses.replace(NEURON, target=rec.RandomNetwork(1))
    assert len({float(t.w[0, 0]) for t in own.targets(SEEDS)}) == len(SEEDS)
    assert len({id(t) for t in one.targets(SEEDS)}) == 1
    members = own.members(SEEDS)
    for index in (0, 5):
        target = members.targets[index]
        w, a, b = (np.asarray(leaf) for leaf in (target.w, target.a, target.b))
        want = np.tanh(members.x[index] @ w.T + b) @ a
        assert members.y[index] == pytest.approx(want, rel=1e-12)
    assert members.test[1].shape == (8, 512)
    assert not np.allclose(members.test[1][0], members.test[1][1])


@pytest.mark.parametrize("branch", ["silent", "merged"])
def test_near_the_target_means_near_its_function(branch):
    study = dataclasses.replace(NEURON, initialisation=rec.Near(1e-7, branch))
    study = with_field(study, "model.width", 4)
    members = study.members(SEEDS)
    found = np.einsum(
        "rm,rnm->rn",
        members.models.a,
        np.tanh(
            members.x * members.models.w[:, None, :, 0] + members.models.b[:, None]
        ),
    )
    assert found == pytest.approx(members.y, abs=1e-5)
    extra = np.asarray(members.models.a)[:, 1:]
    assert (np.abs(extra) < 1e-5).all() == (branch == "silent")


def test_near_a_target_without_a_known_place_is_refused():
    study = dataclasses.replace(
        NEURON, target=rec.RandomNetwork(3), initialisation=rec.Near(0.1)
    )
    with pytest.raises(ValueError, match="no known place in a TwoLayer"):
        study.members(SEEDS)


def test_test_points_integrate_over_the_law():
    """Quadrature twins: second moments of the laws, in one and in more dimensions."""
    for inputs in (1, 3):
        for law, scale, moment in [("normal", 2.0, 4.0), ("uniform", 3.0, 3.0)]:
            study = rec.Study(
                TwoLayerSpec(2, inputs),
                rec.RandomNetwork(1),
                rec.Random(4, law=law, scale=scale),
            )
            points = study.members(SEEDS).test[0]
            assert points.shape == (512, inputs)
            assert (points**2).mean(0) == pytest.approx([moment] * inputs, rel=0.02)
