"""One description of an architecture for Python, command line, TOML and files."""

import json

import jax
import numpy as np
import pytest

from suffice.architectures import (
    AttentionSpec,
    ConvolutionSpec,
    DeepSpec,
    DiagonalSpec,
    LinearSpec,
    MatrixSpec,
    SquareDifferenceSpec,
    SymmetricSpec,
    TwoLayerSpec,
)
from suffice.architectures._shared import KINDS
from suffice.cli import main
from suffice.models import check_model, load_model, save_model
from suffice.recovery import Random, RandomNetwork, Study
from suffice.sweeps._plain import from_plain, to_plain

SPECS = {
    spec.kind: spec
    for spec in (
        TwoLayerSpec(2, 3, bias=True, outputs=2),
        DeepSpec((2, 3, 1)),
        MatrixSpec((3, 4), 2),
        SymmetricSpec(3, 2, signed=True),
        LinearSpec(3),
        DiagonalSpec(3, layers=3),
        SquareDifferenceSpec(3),
        ConvolutionSpec(2, (4,), (2,), bias=True),
        AttentionSpec(2, 3, heads=2),
    )
}


def flags(spec):
    """The description as words of a command line."""
    words = [spec.kind]
    for name, value in to_plain(spec).items():
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            if value is not getattr(type(spec), name):
                words.append(f"--{flag}" if value else f"--no-{flag}")
        elif value is not None:
            words += [f"--{flag}", *map(str, value if type(value) is list else [value])]
    return words


def test_every_kind_is_tried():
    assert {spec.kind: type(spec) for spec in SPECS.values()} == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_a_description_gives_a_model_that_can_be_saved(key, tmp_path, kind):
    spec = SPECS[kind]
    model = spec.normal(key)
    assert type(model).__name__ == spec.model
    assert check_model(model)
    loaded = load_model(save_model(model, tmp_path / "model.npz"))
    shapes = [np.shape(leaf) for leaf in jax.tree.leaves(spec.template())]
    assert [np.shape(leaf) for leaf in jax.tree.leaves(loaded)] == shapes


@pytest.mark.parametrize("kind", KINDS)
def test_a_study_holds_the_description_as_a_table(kind):
    study = Study(SPECS[kind], RandomNetwork(), Random(4))
    table = to_plain(study)
    assert table["model"]["kind"] == kind
    assert from_plain(Study, json.loads(json.dumps(table))) == study


@pytest.mark.parametrize("kind", KINDS)
def test_the_command_line_draws_the_described_model(capsys, kind):
    assert main(["rank", *flags(SPECS[kind]), "--json"]) == 0
    model = SPECS[kind].template()
    parameters = sum(leaf.size for leaf in jax.tree.leaves(model))
    assert json.loads(capsys.readouterr().out)["parameters"] == parameters


@pytest.mark.parametrize(
    "spec",
    [TwoLayerSpec(2, 3), DeepSpec((2, 3, 1)), ConvolutionSpec(2, (4,), (2,))],
    ids=lambda spec: spec.kind,
)
def test_a_resized_description_has_the_width(spec):
    leaves = jax.tree.leaves(spec.resized(5).template())
    assert any(5 in leaf.shape for leaf in leaves)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TwoLayerSpec(0, 1), "width is 0; expected at least 1"),
        (lambda: DeepSpec((2, 0, 1)), r"widths is \(2, 0, 1\); expected at least 1"),
        (lambda: MatrixSpec((3, 4), 1, layers=1), "layers is 1; expected at least 2"),
        (lambda: DiagonalSpec(3, nonzero=-1), "nonzero is -1; expected at least 0"),
        (lambda: DiagonalSpec(3, nonzero=4), "nonzero is 4; expected 0 to 3"),
        (
            lambda: MatrixSpec((3, 4), 5).normal(jax.random.key(0)),
            "rank is 5, but a 3 x 4 matrix has at most rank 3",
        ),
    ],
)
def test_impossible_sizes_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_model_that_learns_may_have_more_columns_than_its_matrix_has_rows():
    assert MatrixSpec((3, 4), 5).template().factors[0].shape == (3, 5)
    assert DiagonalSpec(3, nonzero=0).normal(jax.random.key(0)).a.sum() == 0
