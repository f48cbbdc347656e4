"""The non-uniform Fourier transform of values at points of the real line."""

import importlib
from typing import Literal

import numpy as np
from jaxtyping import Complex, Float

from suffice._core import Numbers, require

from ._arrays import as_float64, as_pair

Engine = Literal["direct", "finufft"]
_BLOCK = 2**21  # complex numbers held at once: 32 MB
_ROWS = 64  # frequencies computed from one exponential
_PRECISION = 1e-12  # relative tolerance of finufft


def nudft(
    x: Numbers,
    y: Numbers,
    frequencies: Numbers,
    *,
    weights: Numbers | None = None,
    engine: Engine = "direct",
) -> Complex[np.ndarray, "frequency outputs"]:
    r"""Return the Fourier transform of values at any points of the line.

        F(k) = (1/n) Σᵢ yᵢ exp(-i k xᵢ)

    The exponent has no factor `2 pi`, the sum is a mean over the samples, and the
    computation is always in float64. Use `Fourier` for inputs of more dimensions.

    Args:
        x: `n` points, shape `(n,)` or `(n, 1)`.
        y: Values at the points, `(n,)` or `(n, outputs)`.
        frequencies: Values of `k`, in any order.
        weights: One weight per sample instead of `1/n`; see `voronoi_weights`.
        engine: `direct` computes the sums at the cost of `n` times the number of
            frequencies. `finufft` (`pip install "suffice[nufft]"`) is faster from some
            thousand samples on and agrees to about 1e-11 of the largest coefficient.

    Returns:
        One row per frequency, one column per output.

    Raises:
        ValueError: The shapes do not agree, a number is not finite, or the engine is
            unknown.
        ImportError: The engine is `finufft`, and the extra `nufft` is not installed.

    Source:
        arXiv:2405.17479, equation 2.

    Examples:
        >>> x = np.linspace(0, 2 * np.pi, 8, endpoint=False)
        >>> abs(sf.spectra.nudft(x, np.cos(x), [0, 1, 2])).round(3)
        array([[0. ],
               [0.5],
               [0. ]])
    """
    x, y = as_pair(x, y)
    if x.shape[1] != 1:
        raise ValueError(
            f"x has {x.shape[1]} coordinates per input; expected points of the line: "
            "project them on a direction, x @ direction, or use Fourier."
        )
    k = np.atleast_1d(as_float64(frequencies, "frequencies"))
    if k.ndim != 1:
        raise ValueError(f"frequencies have shape {k.shape}; expected one axis.")
    return transform(x[:, 0], _weighted(y, weights), k, engine)


def transform(
    points: Float[np.ndarray, " n"],
    values: Float[np.ndarray, "n columns"],
    frequencies: Float[np.ndarray, " frequency"],
    engine: Engine,
) -> Complex[np.ndarray, "frequency columns"]:
    """Return the sums over the samples, for values that include the weights."""
    if engine == "finufft":
        return _fast(points, values, frequencies)
    if engine != "direct":
        raise ValueError(f"engine is {engine!r}; expected 'direct' or 'finufft'.")
    step = _step(frequencies)
    rows = min(_ROWS, max(1, _BLOCK // len(points)))
    out = np.empty((len(frequencies), values.shape[1]), np.complex128)
    for low in range(0, len(frequencies), rows):
        block = frequencies[low : low + rows]
        waves = _waves(points, block, step)
        out[low : low + rows] = np.real(waves) @ values + 1j * (np.imag(waves) @ values)
    return out


def _weighted(y: np.ndarray, weights: Numbers | None) -> np.ndarray:
    if weights is None:
        return y / len(y)
    w = as_float64(weights, "weights")
    if w.shape != (len(y),):
        raise ValueError(f"weights have shape {w.shape}, expected ({len(y)},).")
    return w[:, None] * y


def _step(k: np.ndarray) -> float | None:
    """Return the spacing of evenly spaced frequencies; None for others."""
    if len(k) < 3:
        return None
    step = (k[-1] - k[0]) / (len(k) - 1)
    rounding = 4 * np.finfo(float).eps * np.abs(k).max()
    even = np.abs(np.diff(k) - step).max() <= rounding
    return float(step) if even else None


def _waves(points: np.ndarray, block: np.ndarray, step: float | None) -> np.ndarray:
    """Return `exp(-i k x)`; for evenly spaced `k` by doubling from one exponential."""
    if step is None:
        return np.exp(-1j * np.outer(block, points))
    waves = np.empty((len(block), len(points)), np.complex128)
    waves[0] = np.exp(-1j * block[0] * points)
    known, turn = 1, np.exp(-1j * step * points)
    while known < len(block):
        more = min(known, len(block) - known)
        np.multiply(waves[:more], turn, out=waves[known : known + more])
        known, turn = known + more, turn * turn
    return waves


def _fast(points, values, frequencies) -> np.ndarray:
    require("engine='finufft'", "nufft")
    finufft = importlib.import_module("finufft")
    strengths = np.ascontiguousarray(values.T, np.complex128)
    plan = finufft.Plan(3, 1, len(strengths), _PRECISION, -1, nthreads=1)
    plan.setpts(points, s=frequencies)
    out = np.asarray(plan.execute(strengths))
    return out.reshape(len(strengths), -1).T
