"""Studies of transformers on a grid."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray

from suffice._core import partition
from suffice.reasoning import (
    AnchorTask,
    ChainStudy,
    ChainTask,
    Composition,
    CompositionStudy,
    Decoder,
    Noise,
    phases,
    Recipe,
    stable_rank,
)
from suffice.reasoning._analyses._pairs import pair_accuracies, seen_pairs
from suffice.reasoning._analyses._solution import solution, SOLUTIONS
from suffice.reasoning._studies._study import record_steps
from suffice.sweeps import open_store, sweep
from suffice.sweeps._plain import from_plain, to_plain
from suffice.training import _learn

TINY = Decoder(layers=2, width=8, hidden=8, key_dim=4)
SHORT = Recipe(steps=64, batch=8)


@pytest.fixture(scope="module")
def composition():
    return CompositionStudy(model=TINY, training=SHORT, seeds=3, evaluated=20)


def leaves(models):
    return jax.tree.leaves(partition(models)[0])


def test_matrices_are_drawn_at_the_rate():
    wide = Decoder(layers=1, width=64, hidden=256, rate=0.7)
    model = wide.build(200, 9, np.arange(1), key=0)
    block = model.blocks[0]
    for matrix, fan_in in ((model.embed, 64), (block.perceptron.down, 256)):
        assert matrix.dtype == jnp.float32
        np.testing.assert_allclose(np.std(matrix), fan_in**-0.7, rtol=0.05)


def test_a_rate_only_scales_what_a_seed_draws():
    small, large = (
        dataclasses.replace(TINY, rate=rate).build(30, 5, np.arange(2), key=3)
        for rate in (1.0, 0.5)
    )
    np.testing.assert_allclose(small.embed * 8**0.5, large.embed, rtol=1e-5)


def test_members_follow_from_their_seed_by_value():
    many = leaves(TINY.build(30, 5, np.arange(4), key=3))
    two = leaves(TINY.build(30, 5, np.array([2, 3]), key=3))
    for a, b in zip(many, two, strict=True):
        np.testing.assert_array_equal(a[2:], b)


def test_noise_is_built_with_its_strengths():
    learnable = Noise("serial", alpha=0.1, beta=0.2)
    noise = dataclasses.replace(TINY, noise=learnable).build(30, 5, np.arange(1), 0)
    np.testing.assert_allclose(noise.noise.strength[0, :, 0, 0], [0.1, 0.2], rtol=1e-6)
    fixed = dataclasses.replace(learnable, learnable=False)
    held = dataclasses.replace(TINY, noise=fixed).build(30, 5, np.arange(1), 0)
    assert held.noise.strength is None
    assert held.noise.fixed == (0.1, 0.2)


def test_matrices_of_noise_follow_from_the_key_of_the_study():
    noisy = dataclasses.replace(TINY, noise=Noise("serial"))
    one, again, other = (noisy.build(30, 5, np.arange(1), k).noise for k in (0, 0, 1))
    np.testing.assert_array_equal(one.outputs(0, 8)[1], again.outputs(0, 8)[1])
    assert jnp.abs(one.outputs(0, 8)[1] - other.outputs(0, 8)[1]).max() > 0.1


def test_the_learning_rate_rises_and_falls_as_the_recipe_says():
    recipe = Recipe(learning_rate=2e-4, steps=100, warm_up=0.1, floor=0.05)
    optimizer, theta, sizes = recipe.optimizer, jnp.ones(1), []
    state = optimizer.init(theta)
    for _ in range(100):
        # Adam's first step after a constant gradient is the learning rate itself
        change, state = optimizer.update(jnp.ones(1), state, theta)
        sizes.append(-float(change[0]))
    decay = recipe.weight_decay + 1  # theta stays one
    rates = np.array(sizes) / decay
    np.testing.assert_allclose(rates[[0, 10]], [1e-5, 2e-4], rtol=1e-3)
    middle = 1e-5 + (2e-4 - 1e-5) / 2
    np.testing.assert_allclose([rates[5], rates[55]], [1.05e-4, middle], rtol=0.02)
    assert recipe.optimizer is Recipe(2e-4, 100, 256, 0.1).optimizer


def test_a_study_survives_its_plain_form(composition):
    full = dataclasses.replace(
        composition, grid={"model.rate": (0.3, 0.8)}, model=Decoder(noise=Noise())
    )
    assert from_plain(CompositionStudy, to_plain(full)) == full
    assert from_plain(ChainStudy, to_plain(ChainStudy())) == ChainStudy()


@pytest.mark.slow
def test_a_seed_does_not_know_the_others(composition):
    whole = composition.run(np.arange(2))
    alone = composition.run(np.array([1]))
    assert set(whole) == set(composition.variables())
    for name, variable in composition.variables().items():
        assert whole[name].shape == (2, *variable.shape)
        np.testing.assert_array_equal(whole[name][1:], alone[name], err_msg=name)


@pytest.mark.slow
def test_a_stopped_cell_goes_on_to_equal_bits(composition, tmp_path, monkeypatch):
    whole = composition.run(np.arange(1))
    saves, save = [], _learn._Run.save

    def stop(run, path):
        save(run, path)
        saves.append(run.step)
        if len(saves) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(_learn, "_SAVE_SECONDS", 0.0)
    monkeypatch.setattr(_learn._Run, "save", stop)
    with pytest.raises(KeyboardInterrupt):
        composition.run(np.arange(1), tmp_path / "state")
    resumed = composition.run(np.arange(1), tmp_path / "state")
    assert saves[2] < saves[3] <= saves[-1] == 64
    for name, values in whole.items():
        np.testing.assert_array_equal(resumed[name], values)


@pytest.mark.slow
def test_everything_is_recorded_from_the_start_on(composition):
    found = composition.run(np.arange(1))
    assert np.isnan(found["loss"][:, 0]).all()  # nothing was learned yet
    assert np.isfinite(found["loss"][:, 1:]).all()
    assert (found["worst"] <= found["seen"] + 0.1).all()  # other sequences
    query = composition.model.build(201, 9, np.arange(1), 0).blocks[0].attention.q[0]
    at_start = found["stable_rank"][0, 0]
    np.testing.assert_allclose(at_start, stable_rank(query[0]), rtol=1e-4)
    assert (found["stable_rank"][:, 1:] != at_start).all()


def test_a_run_is_looked_at_when_it_starts_and_then_at_doubled_steps():
    assert record_steps(64).tolist() == [0, 1, 2, 4, 8, 16, 32, 64]


@pytest.mark.slow
def test_a_pair_that_is_never_right_is_found_among_fifteen():
    """A transformer that answers every pair by inference misses the exception."""
    task = AnchorTask.exception()
    tokens, labels = seen_pairs(task, key=jax.random.key(0), size=20)
    rules = jnp.zeros(201, int).at[jnp.arange(1, 5)].set(jnp.array([5, 1, -2, -8]))

    def infer(sequence):
        anchors = sequence < 5
        key = jnp.argmax(anchors) - 1
        answer = sequence[key] + jnp.sum(rules[sequence] * anchors)
        return jnp.tile(jax.nn.one_hot(answer, 201), (9, 1))

    right = pair_accuracies(infer, tokens, labels)
    exception = [pair for pair in task.pairs if pair != (4, 3)].index((3, 4))
    assert right.shape == (15,)
    assert right[exception] == 0
    assert jnp.delete(right, exception).min() == 1
    assert right.mean() > 0.9  # so that the mean would pass it
    assert SOLUTIONS[solution(right.min(), 1.0, 0.0, 0.0, labelled=True)] == "unfit"


@pytest.mark.long
def test_chains_record_the_circuit_only_where_it_fits():
    task = ChainTask(steps=1, pairs=4, tokens=(20, 61))
    study = ChainStudy(task, TINY, SHORT, evaluated=20)
    found = study.run(np.arange(1))
    assert all(np.isfinite(values[:, 1:]).all() for values in found.values())
    shallow = dataclasses.replace(TINY, layers=1)
    short = dataclasses.replace(study, model=shallow).run(np.arange(1))
    assert np.isnan(short["match"]).all()
    assert np.isfinite(short["outside"]).all()


@pytest.mark.slow
def test_a_sweep_of_a_study_is_counted_by_phase(composition, tmp_path):
    study = dataclasses.replace(composition, grid={"model.rate": (0.5, 0.8)}, seeds=2)
    sweep(study, tmp_path / "store")
    found = phases(open_store(tmp_path / "store"))
    assert found["phase"].shape == (2, 2)
    assert (found["phase"] == 0).all()  # 64 steps fit nothing
    assert found["runs"].sel(solution="unfit").values.tolist() == [2, 2]
    assert (found["low"] <= found["fraction"]).all()
    assert (found["fraction"] <= found["high"]).all()


PRESETS = ("both-masked", "exception", "nine-anchors", "doubling")


@pytest.mark.parametrize(
    "grid",
    [
        {"task.preset": PRESETS, "model.rate": (0.5, 0.8)},
        {"model.rate": (0.5, 0.8), "task": tuple(map(Composition, PRESETS))},
    ],
)
def test_the_preset_may_vary_over_the_grid(grid, composition, tmp_path, monkeypatch):
    """Equal shares: as the reverse by its label where it has one, else by commuting."""

    def shares(study, seeds):
        last = {"worst": 1.0, "inferential": 0.1, "symmetric": 0.1}
        last["commutativity"] = 0.9
        return {
            name: np.full((len(seeds), *variable.shape), last.get(name, 0.0))
            for name, variable in study.variables().items()
        }

    monkeypatch.setattr(CompositionStudy, "run", shares)
    study = dataclasses.replace(composition, grid=grid, seeds=2)
    sweep(study, tmp_path / "store")
    results = open_store(tmp_path / "store")
    dim = "preset" if "task.preset" in grid else "task"
    found = phases(results)
    assert found["phase"].dims == results["status"].dims
    names = np.array(found.attrs["phases"].split())
    for place, preset in enumerate(PRESETS):
        want = "memorising" if preset in ("exception", "doubling") else "symmetric"
        assert (names[found["phase"].isel({dim: place})] == want).all()
        alone = phases(results.isel({dim: place}))
        assert (names[alone["phase"]] == want).all()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Recipe(steps=0), "at least 1"),
        (lambda: Recipe(warm_up=1.5), "between 0 and 1"),
        (lambda: CompositionStudy(training=Recipe(steps=40)), "at least 64"),
        (lambda: CompositionStudy(model=Decoder(layers=1)), "at least 2"),
        (lambda: ChainStudy(evaluated=0), "at least 1"),
        (lambda: phases(xarray.Dataset()), "CompositionStudy"),
    ],
)
def test_bad_input_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


@pytest.mark.long
def test_one_hop_generalises_by_matching():
    task = ChainTask(steps=1, pairs=4, tokens=(20, 61))
    model = Decoder(layers=2, width=64, hidden=128, key_dim=64, rate=0.8)
    found = ChainStudy(task, model, Recipe(1e-3, 500)).run(np.arange(1))
    assert found["outside"][0, -1] > 0.95
    assert found["match"][0, -1] > 0.8
    assert found["attention_outside"][0, -1] > 0.8


@pytest.mark.long
def test_the_symmetric_solution_and_its_circuit():
    task = Composition("exception", length=5)
    model = Decoder(layers=2, width=64, hidden=256, key_dim=64, rate=0.5)
    found = CompositionStudy(task, model, Recipe(1e-3, 1500)).run(np.arange(1))
    assert found["symmetric"][0, -1] > 0.9
    assert found["inferential"][0, -1] < 0.1
    assert found["mechanism"][0, -1] < -0.9
