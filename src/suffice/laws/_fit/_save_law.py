"""Fitted laws in files, which hold numbers and names but not the law itself."""

import dataclasses
import os
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from suffice._core import ArchiveKind, check_file, damaged, digest, plural, short
from suffice.laws._formula._arguments import Option
from suffice.laws._formula._law import Law, law as made
from suffice.laws._formula._values import predictions, with_values

from ._law_fit import LawFit
from ._law_predictor import LawPredictor

KIND = ArchiveKind("suffice law", 1, "suffice audit --law --model")
ARRAYS = ("values", "factor", "low", "high", "noise", "x", "y")
CHECKED = 200  # rows at which a law must give again what it gave
SAME = 1e-6  # of the largest value of an output: other versions of a solver differ less


@dataclasses.dataclass(frozen=True)
class SavedLaw:
    """A fitted law as a file holds it: everything but the function.

    Attributes:
        path: The file.
        source: Where the function stands, FILE.py:NAME, as it was said; or nothing.
        digest: Digest of that file when the law was saved; or nothing.
        name: Name of the law.
        names: Names of the free parameters.
        inputs: Names of the inputs.
        targets: Names of the outputs.
        fixed: What does not vary: fixed parameters and options.
        rows: Number of rows of the fit.
        known: Whether standard deviations of the rows are known.
        freedom: Degrees of freedom of the noise.
        arrays: Values of the parameters, the noise, the information of the rows, the
            measured ranges, and inputs `x` with what the law gives there, `y`.
    """

    path: Path
    source: str
    digest: str
    name: str
    names: tuple[str, ...]
    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    fixed: tuple[tuple[str, Option], ...]
    rows: int
    known: bool
    freedom: int
    arrays: dict[str, Float[np.ndarray, "..."]]

    def with_law(self, function: object) -> LawPredictor:
        """The law of a function, at the fitted values.

        Raises:
            ValueError: The function is not the one that was fitted: it has other
                parameters, or gives other values at the rows of the fit.
        """
        values = self.arrays["values"]
        law = function if isinstance(function, Law) else self._made(function)
        if (law.names, law.inputs) != (self.names, self.inputs):
            raise ValueError(
                f"{law.name} has the parameters {', '.join(law.names)} and the inputs "
                f"{', '.join(law.inputs)}; {self.path} was fitted with "
                f"{', '.join(self.names)} and {', '.join(self.inputs)}."
            )
        law = with_values(law, values)
        self._check(law)
        parts = {name: self.arrays[name] for name in ("factor", "low", "high")}
        return LawPredictor(
            law=law,
            inputs=self.inputs,
            targets=self.targets,
            rows=self.rows,
            noise=float(self.arrays["noise"]),
            known=self.known,
            freedom=self.freedom,
            **parts,
        )

    def _made(self, function: object) -> Law:
        held = {n: v for n, v in self.fixed if isinstance(v, float)}
        return made(function, self.inputs, fixed=held)

    def _check(self, law: Law) -> None:
        """Raise an error if the law does not give what it gave."""
        x, y = self.arrays["x"], self.arrays["y"]
        found = predictions(law, x)
        if found.shape != y.shape:
            raise ValueError(
                f"{law.name} has {plural(found.shape[1], 'output')}; {self.path} was "
                f"fitted with {', '.join(self.targets)}."
            )
        limit = SAME * np.abs(y).max(0)
        off = np.abs(found - y) / np.where(limit > 0, limit, np.finfo(float).tiny)
        if (off <= 1).all():
            return
        row, output = np.unravel_index(np.argmax(off), off.shape)
        place = " and ".join(
            f"{n} = {short(v, 4)}" for n, v in zip(self.inputs, x[row], strict=True)
        )
        raise ValueError(
            f"{law.name} is not the law that was fitted: at {place} it gives "
            f"{short(found[row, output], 4)}, and gave {short(y[row, output], 4)}. "
            "Restore it, "
            f"or fit it again and save it in place of {self.path}."
        )


def save_law(
    fit: LawFit,
    path: str | os.PathLike[str],
    *,
    source: str | None = None,
    overwrite: bool = False,
) -> Path:
    """Write a fitted law to a file, from which `suffice predict` predicts.

    The file is an `.npz` archive of numbers and names, with a seal that shows damage.
    It does not hold the function: who predicts must name it. Inputs of up to 200 rows
    are stored with what the law gives there, by which a changed law is found out.

    Args:
        fit: The fit.
        path: Path of the file, which is used without adding a suffix.
        source: Where the function stands, such as `laws.py:michaelis`; a digest of that
            file is stored too. None says nothing of it.
        overwrite: Whether an existing file may be replaced.

    Returns:
        The path.

    Raises:
        FileExistsError: The file exists and `overwrite` is False.
        ValueError: The law is not finite at a row, or there is no file `source`.

    Examples:
        >>> import pandas as pd
        >>> def line(x, a=1.0, b=1.0):
        ...     return a + b * x
        >>> x = np.arange(5.0)
        >>> fit = sf.laws.fit_law(line, pd.DataFrame({"x": x, "y": 3 + 2 * x}), "y")
        >>> path = sf.laws.save_law(fit, "line.npz")
        >>> print(sf.laws.load_law(path, line).headline())
        line: y from x, fitted to 5 rows.
    """
    every, law, own = fit.data.x, fit.law, fit.predictor
    x = every[:: -(-len(every) // CHECKED)]
    header = {
        "source": source or "",
        "digest": digest_of(source) if source else "",
        "name": law.name,
        "names": law.names,
        "inputs": own.inputs,
        "targets": own.targets,
        "fixed": law.fixed,
        "rows": own.rows,
        "known": own.known,
        "freedom": own.freedom,
    }
    arrays = {
        "values": law.values,
        "factor": own.factor,
        "low": own.low,
        "high": own.high,
        "noise": own.noise,
        "x": x,
        "y": predictions(law, x),
    }
    return KIND.write(path, header, arrays, overwrite=overwrite)


def load_law(path: str | os.PathLike[str], function: object) -> LawPredictor:
    """Read a law that `save_law` or `suffice audit --law --model` wrote.

    Nothing is executed but the function that you give.

    Args:
        path: Path of the file.
        function: What was fitted: the function, an lmfit model, a sympy expression, or
            a `Law`.

    Returns:
        The law, whose `predict` gives what that of the fit gives.

    Raises:
        ValueError: The file holds no law of this kind or is damaged, or the function
            gives other values than the one that was fitted.
        FileNotFoundError: There is no such file.

    Examples:
        >>> import pandas as pd
        >>> def line(x, a=1.0, b=1.0):
        ...     return a + b * x
        >>> x = np.arange(5.0)
        >>> fit = sf.laws.fit_law(line, pd.DataFrame({"x": x, "y": 3 + 2 * x}), "y")
        >>> law = sf.laws.load_law(sf.laws.save_law(fit, "line.npz"), line)
        >>> law.predict(np.array([[10.0]])).value.round(6)
        array([23.])
    """
    return read_law(path).with_law(function)


def read_law(path: str | os.PathLike[str]) -> SavedLaw:
    """Read everything but the function, and check it.

    Raises:
        ValueError: The file holds no law of this kind, or is damaged.
        FileNotFoundError: There is no such file.
    """
    header, arrays = KIND.read(path)
    try:
        return _checked(Path(path), header, arrays)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise damaged(path) from None


def is_law(path: str | os.PathLike[str]) -> bool:
    """Whether a file holds a law of the user's own."""
    return KIND.wrote(path)


def digest_of(source: str) -> str:
    """A digest of the file of `FILE.py:NAME`."""
    return digest(check_file(source.rpartition(":")[0]).read_bytes())


def _checked(path: Path, header: dict[str, Any], arrays: dict[str, Any]) -> SavedLaw:
    for name in ("names", "inputs", "targets"):
        header[name] = tuple(header[name])
    fixed = tuple((name, value) for name, value in header.pop("fixed"))
    got = SavedLaw(path=path, fixed=fixed, arrays=arrays, **header)
    p, dim, outputs = len(got.names), len(got.inputs), len(got.targets)
    n = len(arrays["x"])
    shapes = [(p,), (p, p), (dim,), (dim,), (), (n, dim), (n, outputs)]
    texts = (got.source, got.digest, got.name, *got.names, *got.inputs, *got.targets)
    good = (
        all(text.isprintable() for text in (*texts, *(n for n, _ in fixed)))
        and all(isinstance(v, str | bool | float | None) for _, v in fixed)
        and type(got.known) is bool
        and all(type(count) is int for count in (got.rows, got.freedom))
        and [arrays[name].shape for name in ARRAYS] == shapes
        and all(np.isfinite(arrays[name]).all() for name in ARRAYS if name != "noise")
        and arrays["noise"] >= 0
    )
    if not good:
        raise ValueError
    return got
