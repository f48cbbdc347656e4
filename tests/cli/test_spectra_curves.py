"""`suffice spectra --curves`: logs as loggers write them end in verdicts."""

import json

import numpy as np
import pandas as pd
import pytest

from suffice.cli import main

AT = np.array([0, *np.unique(np.geomspace(1, 20000, 60).astype(int))])


def log(fit, known):
    """Accuracies and cross-entropies of modular addition."""
    right, seen = fit <= AT, known <= AT
    return pd.DataFrame(
        {
            "step": AT,
            "train_loss": np.where(right, 1e-3, np.log(31)),
            "val_loss": np.where(seen, 1e-2, 2 * np.log(31)),
            "train_acc": np.where(right, 1.0, 0.03),
            "val_acc": np.where(seen, 0.99, 0.03),
        }
    )


def asked(capsys, *args):
    code = main(["spectra", "--curves", *map(str, args)])
    out, err = capsys.readouterr()
    return code, out, err


def judged(capsys, *args):
    code, out, err = asked(capsys, *args, "--json")
    assert code == 0, err
    return json.loads(out)


@pytest.fixture
def written(tmp_path):
    def write(frame, name="log.csv"):
        frame.to_csv(tmp_path / name, index=False)
        return tmp_path / name

    return write


def test_one_run_has_its_word_and_reason(capsys, written):
    code, out, _ = asked(capsys, written(log(243, 5622)), "--class-count", "31")
    assert code == 0
    fit, known = AT[AT >= 243][0], AT[AT >= 5622][0]
    assert out.startswith(f"delayed: fitted at step {fit}, known at {known}.")


RUNS = {"a": (243, 5622), "b": (243, 10**6), "c": (243, 250)}
WORDS = ["delayed", "memorised", "none"]


def stacked():
    return pd.concat([log(*when).assign(run=name) for name, when in RUNS.items()])


def beside():
    """As Weights & Biases exports several runs."""
    table = pd.DataFrame({"Step": AT})
    for name, when in RUNS.items():
        for column, values in log(*when).items():
            table[f"{name} - {column}"] = values
            table[f"{name} - {column}__MIN"] = values
    return table


def long():
    """Tags in rows, the test set at every second step only."""
    table = stacked().melt(["run", "step"], var_name="tag")
    keep = ~table.tag.str.startswith("val") | table.step.isin(AT[::2])
    names = {"train_loss": "loss/train", "val_loss": "loss/val"}
    return table[keep].replace({"tag": names})


@pytest.mark.parametrize("layout", [stacked, beside, long])
def test_runs_are_told_apart_in_every_layout(capsys, written, layout):
    found = judged(capsys, written(layout()), "--class-count", "31")
    assert (found["run"], found["word"]) == (list(RUNS), WORDS)
    assert found["survival"]["runs"] == 3
    assert found["survival"]["arrived"] == 2
    assert found["baseline"] == pytest.approx(np.log(31))


def test_several_files_have_a_median_and_a_line_each(capsys, written):
    paths = [written(log(*when), f"{name}.csv") for name, when in RUNS.items()]
    code, out, _ = asked(capsys, *paths, "--class-count", "31")
    assert code == 0
    assert "Of 3 runs 1 delayed, 1 memorised, 1 none." in out
    assert "2 of 3 runs arrived" in out
    assert f"{paths[1]}: memorised: fitted at step" in out


def test_names_spellings_and_units_do_not_matter(capsys, written):
    frame = log(243, 5622)
    renamed = frame.set_axis(
        ["global_step", "Train/Loss", "valid loss", "acc_train", "eval-accuracy"],
        axis=1,
    )
    renamed[["acc_train", "eval-accuracy"]] *= 100  # per cent
    keras = frame.set_axis(
        ["epoch", "loss", "val_loss", "accuracy", "val_accuracy"], axis=1
    )
    own = frame.rename(columns={"val_loss": "L"})
    ask = ("--class-count", "31")
    expected = judged(capsys, written(frame), *ask)
    for table, more in ((renamed, ()), (keras, ()), (own, ("--test-loss", "L"))):
        found = judged(capsys, written(table), *ask, *more)
        for name in ("word", "fit_step", "step", "accuracy", "last_loss"):
            assert found[name] == expected[name]


def test_losses_alone_are_judged_by_the_variance(capsys, written):
    frame = log(243, 5622)[["step", "train_loss", "val_loss"]]
    frame[["train_loss", "val_loss"]] *= 1e-6
    variance = str(1e-6 * np.log(31))
    assert judged(capsys, written(frame), "--variance", variance)["word"] == ["delayed"]
    # a thousandth of the variance: nothing is fitted
    small = judged(capsys, written(frame), "--variance", str(1e-9 * np.log(31)))
    assert small["word"] == ["undecided"]


def test_what_is_not_logged_is_no_divergence(capsys, written):
    frame = log(243, 5622).astype(object)
    frame.loc[frame.index % 2 == 1, ["val_loss", "val_acc"]] = "nan"
    assert judged(capsys, written(frame), "--class-count", "31")["word"] == ["delayed"]
    frame = log(243, 5622).astype(object)
    frame.loc[AT > 9000, ["train_loss", "val_loss"]] = "NaN"
    found = judged(capsys, written(frame), "--class-count", "31")
    assert found["word"] == ["diverged"]
    assert found["last_step"] == [float(AT[AT <= 9000][-1])]


def test_a_log_that_begins_late_does_not_hide_a_delay(capsys, written):
    late = log(243, 5622)[AT > 9000]
    found = judged(capsys, written(late), "--class-count", "31")
    assert found["word"] == ["undecided"]


@pytest.mark.parametrize(
    ("change", "args", "sentence"),
    [
        (lambda t: t, [], "nothing says what the losses are compared with"),
        (lambda t: t, ["--variance", "1"], "has accuracies; say how many classes"),
        (lambda t: t.drop(columns="val_loss"), ["--class-count", "3"], "the test loss"),
        (lambda t: t.drop(columns="val_acc"), ["--class-count", "3"], "one set only"),
        (lambda t: t.assign(test_loss=1), ["--class-count", "3"], "Name it with --te"),
        (lambda t: t.assign(val_acc=500), ["--class-count", "3"], "expected shares"),
        (lambda t: t.assign(val_loss="x"), ["--class-count", "3"], "'x' is text"),
        (lambda t: t.assign(val_loss=""), ["--class-count", "3"], "no step at which"),
        (lambda t: t, ["--class-count", "1"], "class-count is 1"),
        (lambda t: t, ["--class-count", "3", "--test-loss", "v"], "column 'v'"),
    ],
)  # fmt: skip
def test_a_bad_log_is_one_sentence(capsys, written, change, args, sentence):
    code, out, err = asked(capsys, written(change(log(243, 5622))), *args)
    assert (code, out) == (2, "")
    assert sentence in err
    assert len(err.strip().splitlines()) == 1


def test_a_log_that_is_missing(capsys, tmp_path):
    code, _, err = asked(capsys, tmp_path / "none.csv", "--class-count", "3")
    assert code == 2
    assert "none.csv" in err


def plain(fit, known):
    return log(fit, known)[["step", "train_loss", "val_loss"]]


def test_steps_that_start_again_are_several_runs_or_no_count(capsys, written):
    frame, ask = plain(243, 5622), ("--variance", "3.4")
    late = frame.step > 1000
    restarted = frame.step.where(~late, frame.step - frame.step[late].iloc[0])
    for table in (pd.concat([frame, frame]), frame.assign(step=restarted)):
        code, out, err = asked(capsys, written(table), *ask)
        assert (code, out) == (2, "")
        assert "has the first step, 0, again after later ones in train_loss" in err
    resumed = pd.concat([frame[:40], frame[30:]])
    apart = pd.concat(
        [frame.drop(columns="val_loss"), frame.drop(columns="train_loss")]
    )
    for table in (resumed, apart, frame.sample(frac=1, random_state=0)):
        found = judged(capsys, written(table), *ask)
        assert (found["word"], found["last_step"]) == (["delayed"], [20000])


def test_negative_losses_are_refused(capsys, written):
    frame = plain(243, 5622)
    for name in ("train_loss", "val_loss"):
        table = written(frame.assign(**{name: np.log10(frame[name])}))
        code, _, err = asked(capsys, table, "--variance", "3.4")
        assert code == 2
        assert f"in {name}; expected losses >= 0" in err


def test_an_infinite_test_loss_has_diverged(capsys, written):
    frame = plain(243, 5622).astype({"val_loss": object})
    frame.loc[frame.step > 9000, "val_loss"] = "inf"
    assert judged(capsys, written(frame), "--variance", "3.4")["word"] == ["diverged"]
    frame.loc[frame.step > 19000, "val_loss"] = 1e-2
    assert judged(capsys, written(frame), "--variance", "3.4")["word"] == ["delayed"]


def test_rows_without_a_name_are_a_run(capsys, written):
    table = stacked()[["run", "step", "train_loss", "val_loss"]].replace(
        {"run": {"b": ""}}
    )
    found = judged(capsys, path := written(table), "--variance", "3.4")
    assert (found["run"], found["word"]) == (["a", f"{path}, no name", "c"], WORDS)


@pytest.mark.parametrize("unit", [1, 1 / 20000])
def test_steps_may_be_fractions_of_an_epoch(capsys, written, unit):
    frame = plain(243, 5622)
    frame["step"] = frame.step * unit
    found = judged(capsys, written(frame), "--variance", "3.4")
    assert found["word"] == ["delayed"]
    assert found["delay"][0] == pytest.approx(AT[AT >= 5622][0] / AT[AT >= 243][0])
