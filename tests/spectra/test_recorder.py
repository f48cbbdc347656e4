"""Records: the same from every framework, and back from disk."""

import json

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from suffice.models import TwoLayer
from suffice.spectra import Fourier, load_record, Recorder
from suffice.training import (
    ensemble,
    learn,
    mean_squared_error,
    member,
    Minibatches,
)


def sets(n=9):
    x = np.linspace(-3, 3, n)[:, None]
    return {"train": (x, np.sin(x)), "test": (x[1:] - 0.3, np.sin(x[1:] - 0.3))}


def small_record():
    recorder = Recorder(**sets())
    for run in range(2):
        for step in (0, 1, 5):
            parts = {
                k: y * step / 5 + 0.1 * run * (5 - step) for k, (_, y) in sets().items()
            }
            recorder.add(step, run=run, **parts)
    return recorder.record()


def test_torch_and_jax_loops_give_the_same_record():
    """The same network under the same steps: the same spectra, errors and verdict."""
    torch = pytest.importorskip("torch")
    (x, y), (x_test, y_test) = sets().values()
    w, a = np.full((4, 1), 0.5) * np.arange(1, 5)[:, None], np.ones((1, 4)) / 4

    linear = torch.nn.Linear
    layers = linear(1, 4, bias=False), torch.nn.Tanh(), linear(4, 1, bias=False)
    net = torch.nn.Sequential(*layers).double()
    with torch.no_grad():
        net[0].weight.copy_(torch.tensor(w))
        net[2].weight.copy_(torch.tensor(a))
    theirs = Recorder(
        train=(torch.tensor(x), torch.tensor(y)), test=(torch.tensor(x_test), y_test)
    )
    descent = torch.optim.SGD(net.parameters(), lr=0.2)
    for step in range(6):
        theirs.add(step, train=net(torch.tensor(x)), test=net(torch.tensor(x_test)))
        descent.zero_grad()
        ((net(torch.tensor(x)) - torch.tensor(y)) ** 2).mean().backward()
        descent.step()

    mine = Recorder(train=(jnp.asarray(x), jnp.asarray(y)), test=(x_test, y_test))
    params = [jnp.asarray(w), jnp.asarray(a)]

    def outputs(params, x):
        return jnp.tanh(jnp.asarray(x) @ params[0].T) @ params[1].T

    slope = jax.grad(lambda params: jnp.mean((outputs(params, x) - y) ** 2))
    for step in range(6):
        mine.add(step, train=outputs(params, x), test=outputs(params, x_test))
        params = [p - 0.2 * g for p, g in zip(params, slope(params), strict=True)]

    one, two = theirs.record(), mine.record()
    for name in ("output", "label", "input"):
        np.testing.assert_allclose(one.data[name], two.data[name], rtol=1e-12)
    basis = Fourier(np.arange(4.0))
    np.testing.assert_allclose(
        one.spectrum(basis).data["error"], two.spectrum(basis).data["error"], rtol=1e-9
    )
    assert one.verdict().word == two.verdict().word


def test_learn_and_a_loop_by_hand_give_the_same_record(key):
    (x, y), (x_test, _) = sets().values()
    models = ensemble(TwoLayer.normal(5, 1, key=key, outputs=1), 2, key=key)
    recorder = Recorder(**sets())
    found = learn(
        models,
        Minibatches(x, y),
        loss=mean_squared_error,
        optimizer=optax.sgd(0.1),
        steps=3,
        measure=recorder.measure,
    )
    recorder.take(found)
    record = recorder.record()
    assert record.steps.tolist() == found.at.tolist()

    by_hand = Recorder(**sets())
    slope = eqx.filter_grad(mean_squared_error)
    for run in range(2):
        model = member(models, run)
        for step in range(4):
            outputs = (jax.vmap(model)(jnp.asarray(part)) for part in (x, x_test))
            by_hand.add(step, run=run, **dict(zip(sets(), outputs, strict=True)))
            move = slope(model, (jnp.asarray(x), jnp.asarray(y)))
            model = eqx.apply_updates(model, jax.tree.map(lambda g: -0.1 * g, move))
    other = by_hand.record().data.sel(step=record.steps)
    np.testing.assert_allclose(record.data["output"], other["output"], rtol=1e-12)
    assert record.losses()["loss"].dims == ("run", "step", "set")


def test_a_record_comes_back_from_disk_and_is_never_written_over(tmp_path):
    record, path = small_record(), tmp_path / "run.nc"
    record.save(path)
    again = load_record(path)
    assert again.data.identical(record.data)
    assert again.sets == ("train", "test")
    assert again.task == "regression"
    with pytest.raises(ValueError, match=r"run\.nc exists"):
        record.save(path)
    assert [file.name for file in tmp_path.iterdir()] == ["run.nc"]
    with pytest.raises(ValueError, match="folder"):
        record.save(tmp_path / "no" / "run.nc")


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "run.nc"
    with pytest.raises(ValueError, match="there is no file"):
        load_record(path)
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    with pytest.raises(ValueError, match="not a record, or it is damaged"):
        load_record(path)
    small_record().data.drop_attrs().to_netcdf(tmp_path / "b.nc", engine="h5netcdf")
    with pytest.raises(ValueError, match="has format None"):
        load_record(tmp_path / "b.nc")
    whole = small_record().data
    whole.drop_vars("label").to_netcdf(tmp_path / "c.nc", engine="h5netcdf")
    with pytest.raises(ValueError, match="no array label"):
        load_record(tmp_path / "c.nc")


def test_classes_become_unit_vectors_and_have_accuracies():
    x = np.arange(4.0)[:, None]
    labels = {"train": (x, [0, 2, 1, 2]), "test": (x, [0, 0, 0, 1])}
    recorder = Recorder(task="classification", loss="squared", **labels)
    outputs = np.eye(3)[[0, 2, 1, 1]]
    recorder.add(0, train=outputs, test=outputs)
    record = recorder.record()
    np.testing.assert_array_equal(record.labels("train"), np.eye(3)[[0, 2, 1, 2]])
    accuracy = record.losses()["accuracy"]
    assert accuracy.values.tolist() == [[[0.75, 0.5]]]
    np.testing.assert_allclose(record.losses()["loss"][0, 0, 0], 2 / 12)

    labels = {"train": (x, [1, 1, -1, -1]), "test": (x, [1] * 4)}
    signs = Recorder(task="classification", loss="squared", **labels)
    signs.add(0, train=[0.1, -2.0, -0.3, 0.0], test=[0.2, 3.0, -1.0, np.inf])
    found = signs.record().losses()["accuracy"].values
    assert found.tolist() == [[[0.5, 0.75]]]


def test_a_set_without_labels_has_spectra_and_no_errors():
    recorder = Recorder(**sets(), reference=(np.linspace(0, 1, 5), None))
    outputs = {name: y for name, (_, y) in sets().items()}
    for step in (0, 1, 2):
        recorder.add(step, reference=np.ones(5), **outputs)
    spectrum = recorder.record().spectrum(Fourier(np.arange(3.0))).data
    part = spectrum.sel(set="reference")
    assert np.isnan(part["error"]).all()
    np.testing.assert_allclose(part["amplitude"].values[0, 0, 0], 1.0)
    assert not np.isnan(spectrum["error"].sel(set=["train", "test"])).any()
    whole = recorder.record()
    assert whole.verdict().word == "none"
    for found in (whole, whole.spectrum(Fourier(np.arange(3.0)))):
        assert json.loads(found.to_json())["data_vars"]


def test_wrong_use_is_named():
    x = np.arange(3.0)
    with pytest.raises(ValueError, match="expected train and test"):
        Recorder(train=(x, x))
    with pytest.raises(ValueError, match=r"labels of test have shape \(2,\) at 3"):
        Recorder(train=(x, x), test=(x, x[:2]))
    recorder = Recorder(train=(x, x), test=(x, x))
    with pytest.raises(ValueError, match="nothing was added"):
        recorder.record()
    with pytest.raises(ValueError, match="outputs are given for train"):
        recorder.add(0, train=x)
    with pytest.raises(ValueError, match=r"outputs of test have shape \(2,\) at 3"):
        recorder.add(0, train=x, test=x[:2])
    recorder.add(2, train=x, test=x)
    with pytest.raises(ValueError, match="step is 2 after 2"):
        recorder.add(2, train=x, test=x)
    recorder.add(0, run=1, train=x, test=x)
    with pytest.raises(ValueError, match="at different steps"):
        recorder.record()
    wide = Recorder(train=(x, x), test=(x, x))
    wide.add(0, train=np.ones((3, 2)), test=np.ones((3, 2)))
    with pytest.raises(ValueError, match="1 columns and the outputs 2"):
        wide.record()
    classes = Recorder(
        task="classification", loss="squared", train=(x, x), test=(x, x + 1)
    )
    classes.add(0, train=np.ones((3, 3)), test=np.ones((3, 3)))
    with pytest.raises(ValueError, match="labels of test range from 1 to 3"):
        classes.record()
    with pytest.raises(ValueError, match="no set 'val', only train, test"):
        small_record().outputs("val")
