"""The audit finds planted laws, and says how many samples they take."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice._core import short
from suffice.auditing import audit, magnet, Table
from suffice.auditing._design._fill import candidates
from suffice.auditing._memory import Memory
from suffice.models import TwoLayer
from suffice.report import audit_text
from suffice.tangent import jacobian

QUICK = {"folds": 5, "restarts": 6, "splits": 5, "max_width": 3}


def table(x, y):
    names = tuple(f"x{i}" for i in range(x.shape[1]))
    return Table(names, "y", x, y, (), "made up")


@pytest.fixture(scope="module")
def law():
    return audit(magnet(24, seed=3), **QUICK)


@pytest.mark.slow
def test_the_planted_width_is_found(law):
    assert law.intrinsic_width == 2
    assert law.widths.exact
    assert law.widths.error[law.widths.chosen] < 1e-20
    assert law.widths.error[law.widths.chosen - 1] > 1e-3


def test_its_sample_size_is_k_times_d_plus_2_plus_1(law):
    assert law.sample_size.value == 2 * (3 + 2) + 1
    assert law.sample_size.status == "exact"


def test_fewer_samples_than_the_optimistic_size_do_not_suffice(law):
    found = law.sufficiency
    assert found.guarantee.holds
    assert len(found.core) == 11
    assert not found.one_less.holds
    assert found.one_less.rank_s == 10
    assert found.one_less.kappa == np.inf


def test_the_learning_curve_jumps_at_the_optimistic_size(law):
    curve = law.learning
    assert {10, 11, 12} <= set(curve.n.tolist())
    assert curve.recovered[curve.n < 11].sum() == 0
    enough = curve.n >= 13
    assert (curve.recovered[enough] == curve.scored[enough]).all()
    assert curve.median[curve.n == 10][0] > 1e-4
    assert curve.median[curve.n == 13][0] < 1e-20


def test_predictions_are_in_the_units_of_the_table(law):
    unseen = magnet(50, seed=99)
    np.testing.assert_allclose(law.predict(unseen.x), unseen.y, atol=1e-9)


def test_every_part_prints_its_answer(law):
    assert "at least 11 samples are needed for it, your 24 suffice" in str(law)
    assert "These 24 samples determine the target" in str(law.sufficiency)
    assert "met to rounding by: width 2" in str(law.widths)
    assert "samples needed" in law._repr_html_()
    for part in (law.learning, law.next, *law.thresholds):
        assert len(str(part)) > 20


def test_the_separation_threshold_is_the_rank_with_extra_neurons_switched_off(law):
    wide = TwoLayer.normal(
        4, 3, key=jax.random.key(1), bias=True, output_bias=True
    )  # fmt: skip
    off = jnp.arange(4) < 2
    wide = TwoLayer(wide.w, jnp.where(off, wide.a, 0.0), wide.b, wide.c)
    x = np.random.default_rng(0).normal(0, 2, (80, 3))
    sizes = {threshold.name: threshold.n for threshold in law.thresholds}
    assert sizes["width 4, same function"] == np.linalg.matrix_rank(jacobian(wide, x))
    assert sizes["width 4, parameters"] == 4 * 5 + 1
    assert sizes["width 2, one fit"] == 12


def test_what_to_measure_next_lies_among_the_data(law):
    x = law.data.table.x
    assert (law.next.x >= x.min(0)).all()
    assert (law.next.x <= x.max(0)).all()
    assert law.next.outside == 0
    assert np.isfinite(law.next.kappa).all()


def test_a_linear_law_is_called_linear():
    x = np.random.default_rng(0).normal(size=(20, 2))
    found = audit(table(x, 2 * x[:, 0] - x[:, 1] + 3), **QUICK)
    assert found.name == "linear"
    assert found.widths.exact
    assert found.sample_size.value == 3
    assert found.sufficiency.one_less.rank_s == 2
    np.testing.assert_allclose(found.predict(np.ones((1, 2))), [4.0])


@pytest.mark.slow
def test_pure_noise_is_called_constant():
    rng = np.random.default_rng(1)
    found = audit(table(rng.normal(size=(40, 2)), rng.normal(size=40)), **QUICK)
    assert found.name == "constant"
    assert found.intrinsic_width == 0
    assert not found.widths.exact
    assert found.sample_size.value == 1
    assert found.next is None


def test_a_stopped_audit_goes_on_to_the_same_answer(tmp_path):
    x = np.random.default_rng(5).normal(size=(20, 2))
    data = table(x, x[:, 0] + 0.1 * x[:, 1] ** 2)
    keep, options = tmp_path / "parts", QUICK | {"max_width": 1, "splits": 2}
    steps = []

    def stop(done, total, stage):
        steps.append(stage)
        if len(steps) == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        audit(data, keep=keep, progress=stop, **options)
    kept = {path.name.split(" ", 1)[1] for path in keep.iterdir()}
    assert {"constant.piece", "linear.piece", "width 1.piece"} <= kept
    marked = next(keep.glob("* linear.piece"))
    before = marked.stat().st_mtime_ns
    seen = []
    resumed = audit(
        data,
        keep=keep,
        progress=lambda done, total, stage: (
            seen.append(marked.stat().st_mtime_ns) if marked.exists() else None
        ),
        **options,
    )
    assert set(seen) == {before}
    assert resumed.to_json() == audit(data, **options).to_json()
    assert not keep.exists()


def test_pieces_of_another_question_are_not_used(tmp_path):
    one = Memory(tmp_path, np.zeros(3), 5)
    assert one.recall("a", lambda: (np.ones(2),))[0].tolist() == [1, 1]
    assert one.recall("a", lambda: (np.zeros(2),))[0].tolist() == [1, 1]
    other = Memory(tmp_path, np.zeros(3), 6)
    assert other.recall("a", lambda: (np.zeros(2),))[0].tolist() == [0, 0]
    (tmp_path / "thesis.npz").write_text("")
    one.forget()
    other.forget()
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.npz"]


def test_a_damaged_piece_is_computed_again(tmp_path):
    memory = Memory(tmp_path / "parts", 5)
    memory.recall("a", lambda: (np.ones(2), np.array(3.0)))
    (piece,) = (tmp_path / "parts").iterdir()
    whole = piece.read_bytes()
    for damaged in (b"", whole[:-1], whole[: len(whole) // 2], b"P" + whole[1:]):
        piece.write_bytes(damaged)
        assert memory.recall("a", lambda: (np.ones(2), np.array(3.0)))[1] == 3.0
        assert piece.read_bytes() == whole


def test_equal_audits_in_one_folder_do_not_disturb_each_other(tmp_path):
    one, two = (Memory(tmp_path / "parts", 5) for _ in range(2))

    def slow():
        two.recall("b", lambda: (np.ones(2),))
        two.forget()  # ends while the other is at work
        return (np.zeros(2),)

    assert one.recall("a", slow)[0].tolist() == [0, 0]
    two.forget()
    one.forget()
    assert list(tmp_path.iterdir()) == []


def test_a_law_that_so_few_samples_cannot_show_is_not_ruled_out():
    found = audit(magnet(11, seed=0), **QUICK)
    assert found.widths.limit == "samples"
    assert not found.widths.exact


@pytest.fixture(scope="module")
def noisy():
    rng = np.random.default_rng(2)
    x = rng.uniform(-2, 2, (150, 1))
    clean = 2 * np.tanh(3 * x[:, 0] - 2) - 1.5 * np.tanh(2 * x[:, 0] + 2)
    return audit(table(x, clean + 0.1 * rng.normal(size=150)), **QUICK)


@pytest.mark.slow
def test_noise_does_not_hide_the_planted_width(noisy):
    assert noisy.intrinsic_width == 2
    assert not noisy.widths.exact
    assert noisy.sample_size.value == 7


def test_noise_is_estimated_and_amplified(noisy):
    # Residual standard deviation over 143 degrees of freedom: 0.1 (1 +- 0.06).
    found = noisy.sufficiency
    noise = found.noise.value
    assert 0.075 < noise < 0.13
    assert found.noise.settled
    assert found.typical_error == pytest.approx(noise * np.sqrt(7 / 150))
    assert found.worst_error == pytest.approx(found.guarantee.kappa * noise)
    assert (np.diff(noisy.next.error) < 0).all()
    assert noisy.next.error[0] < found.region_error


def test_the_typical_error_of_a_linear_model_is_that_of_least_squares():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(30, 2))
    data = table(x, x @ [1.0, 2.0] + 0.5 * rng.normal(size=30))
    found = audit(data, **(QUICK | {"max_width": 1}))
    assert found.name == "linear"
    pool = candidates(data)
    design, region = (np.column_stack([np.ones(len(p)), p]) for p in (x, pool))
    residual = data.y - design @ np.linalg.lstsq(design, data.y)[0]
    sigma = np.sqrt(residual @ residual / 27)
    spread = np.linalg.inv(design.T @ design)
    leverage = np.einsum("ij,jk,ik->i", region, spread, region)
    assert found.sufficiency.noise.value == pytest.approx(sigma)
    assert found.sufficiency.typical_error == pytest.approx(sigma * np.sqrt(3 / 30))
    expected = sigma * np.sqrt(leverage.mean())
    assert found.sufficiency.region_error == pytest.approx(expected)


def test_where_the_samples_hardly_determine_the_function_no_large_number_is_told():
    """Rows on a line but for 1e-8: least squares is off by 1e8 sigma beside it."""
    rng = np.random.default_rng(5)
    x = np.repeat(rng.normal(size=(40, 1)), 2, axis=1)
    x[:, 1] += 1e-8 * rng.normal(size=40)
    data = table(x, x[:, 0] + 0.3 * rng.normal(size=40))
    beside = np.tile([[1.0, -1.0], [-2.0, 2.0]], (2, 1))
    pool = np.concatenate([np.repeat(np.linspace(-1, 1, 12)[:, None], 2, 1), beside])
    found = audit(data, pool=pool, **(QUICK | {"max_width": 1}))
    enough = found.sufficiency
    assert found.name == "linear"
    exact = _typical_by_least_squares(x, pool, enough.noise.value)
    assert enough.region_error == pytest.approx(exact, rel=1e-4)
    assert exact > 1e6
    after = _typical_by_least_squares([*x, found.next.x[0]], pool, enough.noise.value)
    assert found.next.error[0] == pytest.approx(after, rel=1e-3)
    assert enough.loose == pytest.approx(4 / 16)
    assert enough.firm_error < 0.3
    told = " ".join(audit_text(found).split())
    assert "at 75 % of the candidates in the region where more can be measured" in told
    assert f"open by more than y varies ({short(found.unit)})" in told
    last = short(found.next.error[-1])
    assert f"from more than {short(found.unit)} to about {last}." in told


def _typical_by_least_squares(x, pool, sigma) -> float:
    design, region = (
        np.column_stack([np.ones(len(p)), p]) for p in map(np.array, (x, pool))
    )
    triangle = np.linalg.qr(design, mode="r")
    errors = np.linalg.norm(np.linalg.solve(triangle.T, region.T), axis=0)
    return float(sigma * np.sqrt(np.mean(errors**2)))


@pytest.mark.slow
def test_the_same_key_gives_the_same_answer():
    x = np.random.default_rng(5).normal(size=(20, 2))
    data = table(x, x[:, 0] + 0.1 * x[:, 1] ** 2)
    options = QUICK | {"max_width": 1, "splits": 2}
    once, again, other = (
        audit(data, key=jax.random.key(seed), **options).to_json() for seed in (1, 1, 2)
    )
    assert once == again
    assert once != other


@pytest.mark.slow
def test_a_pool_of_ones_own_is_ordered(noisy):
    pool = np.linspace(-2, 4, 50)[:, None]
    found = audit(noisy.data.table, pool=pool, next_size=3, **(QUICK | {"splits": 1}))
    assert found.next.source == "your pool"
    assert found.next.candidates == 50
    x = noisy.data.table.x
    beyond = (found.next.x < x.min()) | (found.next.x > x.max())
    assert found.next.outside == int(beyond.sum())
    assert set(found.next.x.ravel()) <= set(pool.ravel())


def test_a_large_table_is_thinned_and_says_so():
    x = np.random.default_rng(6).normal(size=(60, 1))
    found = audit(
        table(x, 3 * x[:, 0]), max_rows=30, **(QUICK | {"max_width": 1, "splits": 1})
    )
    assert found.rows == 30
    assert "30 of 60 rows, drawn at random, are used" in found.notes[-1]


@pytest.mark.parametrize("name", ["next_size", "max_width", "restarts", "splits"])
def test_a_count_below_one_is_refused(name):
    with pytest.raises(ValueError, match=f"{name} is 0; expected at least 1"):
        audit(magnet(12), **{name: 0})


def test_a_single_fold_is_refused():
    with pytest.raises(ValueError, match="folds is 1; expected at least 2"):
        audit(magnet(12), folds=1)
