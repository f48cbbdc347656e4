"""The command line: values, exit codes, one-line errors, nothing but data on stdout."""

import json
import os
import subprocess
import sys

import jax
import numpy as np
import pytest

from suffice.cli import main
from suffice.models import load_model, save_model, TwoLayer

TWO_LAYER = ["two-layer", "--inputs", "5", "--width", "3", "--activation", "tanh"]
NARROW = ["two-layer", "--inputs", "4", "--width", "3", "--activation"]
VERBS = ["audit", "demo", "sample-size", "rank", "guarantee", "plan", "reduce"]


@pytest.fixture
def answer(capsys):
    """Run a command line that must succeed; return its JSON."""

    def run(*args):
        assert main([*args, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def refusal(capsys):
    """Run a command line that must be refused; return its one line."""

    def run(*args):
        assert main(list(args)) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1
        assert err.startswith("suffice: ")
        return err

    return run


@pytest.mark.parametrize(
    ("args", "value"),
    [
        (["sample-size", *TWO_LAYER], 18),
        (["sample-size", *TWO_LAYER, "--bias"], 21),
        (["sample-size", *TWO_LAYER, "--in-width", "100"], 18),
        (["sample-size", "matrix", "--shape", "8", "6", "--rank", "2"], 24),
        (["sample-size", "symmetric", "--size", "5", "--rank", "2"], 9),
        (["sample-size", "diagonal", "--inputs", "6", "--nonzero", "2"], 2),
        (["rank", *NARROW, "relu"], 12),
        (["rank", *NARROW, "exp", "--bias"], 15),
        (["rank", "matrix", "--shape", "8", "6", "--rank", "2"], 24),
        (["rank", "diagonal", "--inputs", "6"], 6),
        (["rank", "deep", "--widths", "2", "3", "1"], 13),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_known_values(answer, args, value):
    found = answer(*args)
    assert found["value"] == value
    assert found["status"] in ("exact", "measured")


def test_a_sample_size_is_exact(answer):
    assert answer("sample-size", *TWO_LAYER)["status"] == "exact"


def test_without_json_the_answer_is_a_sentence(capsys):
    assert main(["rank", *NARROW, "relu"]) == 0
    assert capsys.readouterr().out.startswith("The rank is 12 of 15 parameters")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself_with_an_example(capsys, verb):
    assert main([verb, "--help"]) == 0
    assert f"Example: suffice {verb}" in " ".join(capsys.readouterr().out.split())


def test_the_top_help_names_every_verb(capsys):
    for args in ([], ["--help"], ["-h"]):
        assert main(args) == 0
        out = capsys.readouterr().out
        assert all(f"  {verb} " in out for verb in VERBS)


def test_the_version_is_printed(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("suffice 0.")


def test_nothing_heavy_is_imported_before_the_arguments_are_parsed():
    code = (
        "import sys; from suffice.cli import main; from suffice.cli._main import VERBS"
        "; main(['rank', 'deep', '--help']); [main([v, '--help']) for v in VERBS]"
        "; heavy = {'jax', 'matplotlib', 'pandas', 'scipy'} & set(sys.modules)"
        "; sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["rnak"], "no verb 'rnak'; did you mean 'rank'"),
        (["rank", "twolayer"], "neither a kind of model"),
        (["rank", "none.npz"], "none.npz does not exist"),
        (["rank", "none.py:model"], "none.py does not exist"),
        (["rank", *NARROW, "tahn"], "activation 'tahn' is not known"),
        (["rank", "two-layer", "--inputs", "0", "--width", "3"], "inputs is 0"),
        (["rank", "deep", "--widths", "3"], "widths is"),
        (["rank", "matrix", "--shape", "3", "4", "--rank", "5"], "at most rank 3"),
        (["rank", "diagonal", "--inputs", "3", "--nonzero", "4"], "nonzero is 4"),
        (["sample-size", *TWO_LAYER, "--in-width", "2"], "width is 2"),
        (["guarantee", *TWO_LAYER, "--samples", "none.csv"], "none.csv does not exist"),
        (["audit", "none.csv", "--target", "y"], "none.csv does not exist"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_mistake_is_one_line_and_exit_code_2(refusal, args, message):
    assert message in refusal(*args)


@pytest.mark.parametrize(
    "args",
    [
        ["rank", "two-layer", "--input", "5", "--width", "3"],
        ["rank", "two-layer", "--inputs", "many", "--width", "3"],
        ["audit", "table.csv"],
        ["rank"],
    ],
    ids=" ".join,
)
def test_a_wrong_flag_is_explained_with_exit_code_2(capsys, args):
    assert main(args) == 2


def test_traceback_shows_where_a_mistake_arose():
    with pytest.raises(ValueError, match="activation 'tahn'"):
        main(["rank", *NARROW, "tahn", "--traceback"])


@pytest.fixture
def single():
    return ["two-layer", "--inputs", "2", "--width", "1"]


def test_samples_of_a_target_are_judged(answer, tmp_path, single):
    x = np.random.default_rng(0).normal(size=(3, 2))
    np.save(tmp_path / "x.npy", x)
    np.savez(tmp_path / "x.npz", x=x)
    np.savetxt(tmp_path / "x.csv", x, delimiter=",", header="a,b", comments="")
    for name in ("x.npy", "x.npz", "x.csv"):
        found = answer("guarantee", *single, "--samples", str(tmp_path / name))
        assert found["holds"]
        assert (found["rank_s"], found["rank"]) == (3, 3)
    np.save(tmp_path / "two.npy", x[:2])
    short = answer("guarantee", *single, "--samples", str(tmp_path / "two.npy"))
    assert not short["holds"]
    assert short["kappa"] == "inf"


def test_samples_of_another_shape_or_kind_are_refused(refusal, tmp_path, single):
    def told(name, **options):
        return refusal("guarantee", *single, "--samples", str(tmp_path / name))

    np.save(tmp_path / "wide.npy", np.zeros((4, 3)))
    assert "inputs of shape (3,); the model takes (2,)" in told("wide.npy")
    np.save(tmp_path / "nan.npy", np.full((4, 2), np.nan))
    assert "8 NaN or infinite" in told("nan.npy")
    np.save(tmp_path / "object.npy", np.array([{}]), allow_pickle=True)
    assert "not a plain file of NumPy arrays" in told("object.npy")
    np.savez(tmp_path / "many.npz", a=np.zeros(2), b=np.zeros(2))
    assert "expected one, or one 'x'" in told("many.npz")
    (tmp_path / "text.csv").write_text("a,b\n1,oak\n")
    assert "column 'b': 'oak' is text" in told("text.csv")


def test_entries_of_a_matrix_are_planned(answer, refusal, tmp_path):
    matrix = ["matrix", "--shape", "4", "3", "--rank", "1"]
    found = answer("plan", *matrix)
    assert found["needed"] == found["rank"] == 6
    entries = np.array(found["inputs"])
    assert entries.shape == (6, 2)
    np.save(tmp_path / "entries.npy", entries)
    path = str(tmp_path / "entries.npy")
    assert answer("guarantee", *matrix, "--samples", path)["holds"]
    np.save(tmp_path / "beyond.npy", entries + 0.5)
    path = str(tmp_path / "beyond.npy")
    assert "is no input of the model" in refusal(
        "guarantee", *matrix, "--samples", path
    )


def test_a_plan_goes_on_from_samples_taken(capsys, tmp_path, single):
    rng = np.random.default_rng(1)
    np.save(tmp_path / "pool.npy", rng.normal(size=(40, 2)))
    np.save(tmp_path / "taken.npy", rng.normal(size=(2, 2)))
    args = [
        "--pool",
        str(tmp_path / "pool.npy"),
        "--taken",
        str(tmp_path / "taken.npy"),
    ]
    assert main(["plan", *single, *args]) == 0
    out = capsys.readouterr().out
    assert "1 more samples suffice" in out
    assert "order   index      kappa  input" in out


def test_a_redundant_network_is_reduced_and_saved(answer, refusal, tmp_path):
    narrow = TwoLayer.normal(2, 3, key=jax.random.key(0))
    rows = np.array([0, 0, 1])
    wide = TwoLayer(narrow.w[rows], narrow.a[rows] * np.array([0.5, 0.5, 1]))
    save_model(wide, tmp_path / "wide.npz")
    args = ["reduce", f"{tmp_path}/wide.npz", "--out", f"{tmp_path}/small.npz"]
    answer(*args)
    assert load_model(tmp_path / "small.npz").width == 2
    assert "exists" in refusal(*args)
    answer(*args, "--force")


def test_a_second_command_compiles_nothing_and_damaged_programs_are_no_error(tmp_path):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("JAX_")}
    environment["XDG_CACHE_HOME"] = str(tmp_path)
    code = "from suffice.cli import main; main()"
    command = [sys.executable, "-c", code, "rank", "matrix", "--shape", "5", "5"]

    def compiled():
        done = subprocess.run(
            [*command, "--rank", "2"], capture_output=True, env=environment
        )
        assert done.stderr == b""
        assert done.stdout.startswith(b"The rank is 16 of 20 parameters")
        return {path for path in tmp_path.rglob("*-cache")}

    first = compiled()
    assert first
    assert compiled() == first
    for path in first:
        path.write_bytes(path.read_bytes()[:50])
    assert compiled() == first
