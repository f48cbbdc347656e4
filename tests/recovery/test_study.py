"""Studies: what is drawn, how it is nested, and what is recovered from how many."""

import dataclasses
import tomllib

import numpy as np
import pytest
from small_studies import ENTRIES, NEURON, SEEDS

import suffice.recovery as rec
from suffice.architectures import (
    ConvolutionSpec,
    DeepSpec,
    DiagonalSpec,
    LinearSpec,
    MatrixSpec,
    SquareDifferenceSpec,
    TwoLayerSpec,
)
from suffice.models import TwoLayer
from suffice.sweeps import with_field
from suffice.sweeps._plain import from_plain, to_plain
from suffice.training import Outcome


def recovered(study, seeds=SEEDS):
    return study.run(seeds)["outcome"] == Outcome.recovered


@pytest.mark.theory
@pytest.mark.slow
def test_a_linear_model_needs_as_many_samples_as_parameters():
    study = rec.Study(LinearSpec(4), rec.RandomNetwork(), rec.Random(size=4))
    assert recovered(study).all()
    below = with_field(study, "samples.size", 3).run(SEEDS)
    assert (below["outcome"] == Outcome.fitted).all()
    assert below["test_error"].min() > 1e-3
    assert rec.theory_lines(study)["optimistic"] == 4


@pytest.mark.theory
@pytest.mark.slow
def test_planned_entries_of_a_matrix_suffice_at_the_optimistic_size():
    assert rec.theory_lines(ENTRIES)["optimistic"] == 4
    assert recovered(ENTRIES).all()
    enough = ENTRIES.run(SEEDS)["test_error"]
    fewer = with_field(ENTRIES, "samples.size", 3).run(SEEDS)["test_error"]
    assert np.median(fewer) / np.median(enough) > 1e4


@pytest.mark.theory
def test_at_the_optimistic_size_only_special_imbalances_recover():
    """2405.13787, Fig. 4: three samples, imbalance ratio 0 or 1 and no other."""
    three = with_field(NEURON, "samples.size", 3)
    rates = {
        ratio: recovered(
            dataclasses.replace(three, initialisation=rec.Imbalanced(ratio)),
            np.arange(24),
        ).mean()
        for ratio in (0.0, 1.0, None)
    }
    assert rates[0.0] >= 0.9
    assert rates[1.0] >= 0.85
    assert rates[None] == 0


@pytest.mark.theory
@pytest.mark.slow
def test_factored_model_recovers_what_its_small_starts_prefer():
    """2307.08921: 1 + x_1 takes two samples in the limit of small starts, x_2 three."""
    study = rec.Study(
        rec.CustomModel("custom:factored"),
        rec.CustomTarget("custom:one_plus_x1"),
        rec.Random(size=2),
        rec.Normal(1e-4),
    )
    errors = {s: with_field(study, "initialisation.scale", s).run(SEEDS)["test_error"]
              for s in (1e-2, 1e-4)}  # fmt: skip
    assert np.median(errors[1e-4]) < 1e-6
    slope = np.log10(np.median(errors[1e-2]) / np.median(errors[1e-4])) / 2
    assert slope == pytest.approx(2, abs=0.3)
    other = with_field(study, "target.function", "custom:x2")
    assert other.run(SEEDS)["test_error"].min() > 1e-2
    assert recovered(with_field(other, "samples.size", 3)).all()


def test_what_is_kept_on_demand():
    study = dataclasses.replace(NEURON, record=("imbalance", "parameters"))
    found = study.run(SEEDS)
    variables = study.variables()
    assert variables["parameters"].shape == (6,)
    assert set(found) == set(variables)
    assert all(found[n].shape == (8, *v.shape) for n, v in variables.items())
    w, a, b = np.split(found["parameters"], [2, 4], axis=1)
    x = study.members(SEEDS).x
    fitted = np.einsum("rm,rnm->rn", a, np.tanh(x * w[:, None] + b[:, None]))
    assert fitted == pytest.approx(study.members(SEEDS).y, abs=1e-8)
    fixed = dataclasses.replace(study, initialisation=rec.Imbalanced(0.25))
    assert fixed.run(SEEDS)["imbalance"] == pytest.approx(0.25)
    varied = dataclasses.replace(study, grid={"model.width": (2, 3)})
    with pytest.raises(ValueError, match=r"varies with model\.width"):
        varied.variables()


def test_a_study_is_a_table_and_back():
    study = dataclasses.replace(
        NEURON, grid={"samples.size": (3, 4), "initialisation.scale": (1e-3, 1.0)}
    )
    assert from_plain(rec.Study, to_plain(study)) == study
    table = tomllib.loads(
        """
        seeds = 5
        model = {kind = "two-layer", width = 2, inputs = 1, bias = true}
        target = {kind = "named-function", name = "tanh(x+1)"}
        samples = {kind = "even", size = 3}
        initialisation = {kind = "limit"}
        """
    )
    assert from_plain(rec.Study, table).samples == rec.Even(3)
    with pytest.raises(ValueError, match="did you mean 'width'"):
        from_plain(rec.Study, table | {"model": table["model"] | {"widht": 3}})
    with pytest.raises(ValueError, match="unknown 'two-layers'"):
        from_plain(rec.Study, table | {"model": {"kind": "two-layers"}})


MISTAKES = [
    ({"samples": rec.Random(7)}, ENTRIES, "samples.size is 7, but there are 6"),
    ({"samples": rec.Given(((0, 2),))}, ENTRIES, r"number 1: \[0.0, 2.0\] is no input"),
    ({"samples": rec.Even(3)}, ENTRIES, "does not say where|need a model of one input"),
    ({"initialisation": rec.Imbalanced(1.0)}, ENTRIES, "two-layer network of width 2"),
    ({"initialisation": rec.Normal(1.0, {"z": 2.0})}, NEURON, r"names \['z'\]"),
    ({"target": rec.CustomTarget("custom")}, NEURON, "expected 'module:function'"),
    ({"target": rec.CustomTarget("custom:nothing")}, NEURON, "leads nowhere"),
    ({"target": rec.CustomTarget("custom:not_a_function")}, NEURON, "no function"),
    ({"model": LinearSpec(1), "target": rec.RandomNetwork(2)}, NEURON, "has no width"),
]


@pytest.mark.parametrize(("change", "study", "match"), MISTAKES)
def test_a_mistake_is_one_sentence(change, study, match):
    with pytest.raises(ValueError, match=match):
        dataclasses.replace(study, **change).members(SEEDS)


def test_numbers_out_of_range_are_refused_at_once():
    for wrong in (
        lambda: rec.Random(0),
        lambda: rec.Random(3, scale=0.0),
        lambda: rec.Random(3, share=0),
        lambda: rec.Normal(-1.0),
        lambda: rec.Near(0.0),
        lambda: TwoLayerSpec(0, 1),
        lambda: dataclasses.replace(NEURON, recover=0.0),
        lambda: dataclasses.replace(NEURON, test_size=0),
    ):
        with pytest.raises(ValueError, match=r"expected|is 0"):
            wrong()


def test_theory_follows_the_model_and_admits_ignorance():
    lines = rec.theory_lines(NEURON)
    assert (lines["optimistic"], lines["parameters"]) == (3, 6)
    assert rec.theory_lines(NEURON, model__width=5)["extra neurons silent"] == 7
    windows = rec.NamedFunction("three-windows")
    tied = rec.Study(ConvolutionSpec(3, (5,), (3,), bias=True), windows, rec.Random(7))
    flat = dataclasses.replace(tied, model=TwoLayerSpec(9, 5, bias=True))
    sizes = [rec.theory_lines(s)["optimistic"] for s in (tied, flat)]
    assert sizes == [7, 21]
    plain = dataclasses.replace(NEURON, target=rec.CustomTarget("custom:x2"))
    with pytest.raises(ValueError, match="plain function"):
        rec.theory_lines(plain)


def test_architectures_are_those_of_the_models():
    net = TwoLayerSpec(3, 2, "sigmoid", bias=True, output_bias=True).template()
    assert isinstance(net, TwoLayer)
    assert (net.width, net.inputs, net.activation.name) == (3, 2, "sigmoid")
    assert net.c is not None
    assert DeepSpec((2, 5, 1)).resized(3).template().widths == (2, 3, 1)
    assert MatrixSpec((3, 2), 4, layers=3).template().shape == (3, 2)
    assert ConvolutionSpec(1, (4, 4), (2, 2)).template().positions == (3, 3)
    assert DiagonalSpec(3, 2).template().layers == 2
    assert SquareDifferenceSpec(3).template().inputs == 3


def test_an_unknown_name_of_a_function_points_to_functions_of_your_own():
    with pytest.raises(ValueError, match=r"sin\(x\)'; expected tanh.*custom-target"):
        rec.NamedFunction("sin(x)")
