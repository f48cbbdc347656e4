"""The paper on grokking: its pieces, and the whole run."""

import jax.numpy as jnp
import numpy as np
import optax
import pytest
import xarray as xr

from suffice.papers import paper, reproduce
from suffice.papers._paper import Run
from suffice.papers.grokking._images_judged import judge as judge_images
from suffice.papers.grokking._line import window_amplitude
from suffice.papers.grokking._points import even, misleading
from suffice.papers.grokking._training import networks, trained
from suffice.report._style import styled
from suffice.spectra import nudft, Recorder
from suffice.training import Minibatches

READ = {  # readings of the paper that do not hold
    "line": 1,  # a delay
    "parity": 1,  # a delay
    "kernel": 1,  # for ReLU
}


def experiment(figure):
    return next(e for e in paper("grokking").experiments if e.name == figure)


def quick(tmp_path):
    return Run(False, tmp_path)


def test_uneven_points_lie_where_slow_waves_meet_the_target():
    x, y = misleading(65, 3)
    gaps = [np.abs(np.sin(k * x[:, 0]) - y) for k in (1, 3)]
    assert x.shape == (65, 1)
    assert len(np.unique(x)) == 65
    assert np.sort(gaps[0])[19] < 3e-3
    assert np.sort(gaps[1])[9] < 1e-3
    assert (misleading(65, 4).x != x).any()
    np.testing.assert_array_equal(misleading(65, 3).x, x)


@pytest.mark.parametrize(
    "points", [misleading(65, 0), even(65)], ids=["uneven", "even"]
)
def test_the_spectrum_of_labels_follows_from_the_points(points):
    k = np.arange(13.0)
    found = nudft(points.x, points.y, k)[:, 0]
    window = [window_amplitude(points.x[:, 0], value) for value in k]
    np.testing.assert_allclose(found, window, atol=1e-14)


def test_kernels_are_measured_judged_and_drawn(tmp_path):
    one = experiment("kernel")
    data = one.measure(quick(tmp_path))
    claims = list(one.judge(data))
    assert [claim.agrees for claim in claims] == [True, True, False]
    assert [claim.kind for claim in claims] == ["paper", "reading", "reading"]
    assert claims[2].remark
    with styled():
        assert one.draw(data).axes


def test_a_training_goes_on_from_its_file(tmp_path):
    points, steps = even(9), 40
    data = Minibatches(points.x.astype(np.float32), points.y.astype(np.float32))

    def go(folder):
        recorder = Recorder(train=points, test=even(7))
        models = networks((1, 4, 1), [0, 1], activation="sin", dtype=jnp.float32)
        run = quick(folder)
        return trained(run, "small", models, recorder, data, optax.adam(0.1), steps)

    first, again = go(tmp_path), go(tmp_path)
    other = go(tmp_path / "other")
    assert (tmp_path / "small.npz").exists()
    for found in (again, other):
        np.testing.assert_array_equal(
            found.record.outputs("test"), first.record.outputs("test")
        )
    assert first.norm.shape == first.record.outputs("test").shape[:2]
    losses = first.record.losses().loss.sel(set="train")
    assert (losses[:, -1] < 0.8 * losses[:, 0]).all()


def _each(order):
    return np.broadcast_to(np.array(order)[:, None, None], (3, 2, 3))


def pictures(late, order):
    """What trainings on images would give; `late` is the last test accuracy."""
    settings, runs = ["large", "decaying", "usual"], [0, 1]
    step, sets, k = [0, 10, 100, 1000], ["train", "test", "all"], np.linspace(0, 6, 5)
    accuracy = np.full((3, 2, 4, 3), 0.1)
    accuracy[:, :, 1:, 0] = 1.0
    accuracy[:, :, -1, 1] = [[late], [0.95], [0.95]]
    accuracy[2, :, 1:, 1] = 0.95
    accuracy[2, :, -1] = np.nan  # a shorter run
    amplitude = np.ones((3, 3, 2, 5))
    amplitude[:, 0] = 20.0
    amplitude[:, 1, 1] = 2.0
    return xr.Dataset(
        {
            "accuracy": (("setting", "run", "step", "set"), accuracy),
            "norm": (("setting", "run", "step"), np.ones((3, 2, 4))),
            "fit": (("setting", "run"), np.full((3, 2), 10.0)),
            "delay": (("setting", "run"), [[np.inf] * 2, [5.0] * 2, [0.5] * 2]),
            "order": (("setting", "run", "set"), _each(order)),
            "band_step": (("setting", "run", "set", "band"), np.ones((3, 2, 3, 4))),
            "at": (("setting", "stage"), [[0, 10, 1000]] * 3),
            "amplitude": (("setting", "stage", "seen", "k"), amplitude),
            "target": (("setting", "seen", "k"), np.ones((3, 2, 5))),
        },
        {
            "setting": settings,
            "run": runs,
            "step": step,
            "set": sets,
            "stage": ["start", "fitted", "end"],
            "seen": ["train", "all"],
            "k": k,
        },
        {"pictures": "MNIST"},
    )


def test_images_that_generalise_late_agree():
    claims = list(judge_images(pictures(0.8, [-1.0, 0.0, 1.0])))
    assert [claim.agrees for claim in claims] == [True] * 10
    assert claims[0].remark == ""
    with styled():
        assert experiment("images").draw(pictures(0.8, [-0.5, 0.0, 1.0])).axes


def test_images_that_do_not_differ():
    claims = list(judge_images(pictures(0.15, [0.3, 0.0, -1.0])))
    assert [claim.agrees for claim in claims[:2]] == [False, None]
    assert [claim.agrees for claim in claims[-2:]] == [False, None]
    claims = list(judge_images(pictures(0.15, [1.0, 0.0, -0.8])))
    assert [claim.agrees for claim in claims[-2:]] == [None, False]
    few = pictures(0.15, [np.nan, 0.0, 1.0]).assign_attrs(pictures="digits")
    claims = list(judge_images(few))
    assert [claim.agrees for claim in claims[:2]] == [None, None]
    assert claims[-1].agrees is None
    assert "MNIST" in claims[0].remark


@pytest.mark.long
def test_the_quick_form_says_what_holds(tmp_path):
    found = reproduce("grokking", tmp_path / "run")
    for drawing in found.drawings:
        wrong = [claim for claim in drawing.claims if claim.agrees is False]
        assert len(wrong) == READ.get(drawing.name, 0), drawing.name
        assert all(claim.kind == "reading" for claim in wrong)
        assert all(claim.remark for claim in wrong)
    open_ = [claim for claim in found.claims if claim.agrees is None]
    assert {claim.source[:7] for claim in open_} <= {"Fig. 6a", "section", "Fig. 7 "}
