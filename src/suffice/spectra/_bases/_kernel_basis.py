"""The eigenfunctions of a kernel, in the order in which descent learns them."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float

from suffice._core import Model, Numbers

from ._arrays import as_float64, as_pair
from ._basis import Basis, mean_floor
from ._tangent_kernel import mean_kernel

_CUT = 1e-10  # share of the largest eigenvalue below which all is rounding
Kernel = Callable[[Any, Any], Any]


@dataclasses.dataclass(frozen=True, eq=False)
class KernelModes(Basis):
    """Eigenfunctions of a kernel on a sample, with their extension to other inputs.

    On the sample they are `√n` times the eigenvectors `u` of `K/n`; at other inputs
    they are `K(x, sample) u √n / (n λ)`. The frequency is the number of the eigenvalue,
    counted from the largest. Under gradient flow with this kernel a coefficient decays
    at the rate of its eigenvalue.

    Attributes:
        sample: The inputs on which the kernel is diagonalised, usually the training
            inputs.
        kernel: A positive semi-definite kernel, called as `kernel(x, x')` for `n` and
            `m` inputs, with a result of shape `(n, m)`; see `mean_tangent_kernel`.
        count: Number of eigenfunctions; None takes all with an eigenvalue above 1e-10
            of the largest.

    Source:
        Derived and verified here.

    Examples:
        >>> x = np.array([[1.0], [2.0]])
        >>> modes = sf.spectra.KernelModes(x, lambda x, other: x @ other.T)
        >>> modes.eigenvalues.round(3), modes.amplitude(x, x).round(3).tolist()
        (array([2.5]), [[1.581]])
    """

    sample: Float[np.ndarray, "m *shape"]
    kernel: Kernel
    count: int | None = None
    label = "rank of the eigenvalue"

    def __post_init__(self):
        object.__setattr__(self, "sample", as_float64(self.sample, "sample"))
        most = int((self._all[0] > _CUT * self._all[0][0]).sum())
        if self.count is not None and not 1 <= self.count <= most:
            raise ValueError(
                f"count is {self.count}; {most} eigenvalues are above {_CUT:g} of the "
                f"largest, so expected 1 to {most}."
            )
        object.__setattr__(self, "count", self.count or most)

    @functools.cached_property
    def _all(self) -> tuple[np.ndarray, np.ndarray]:
        matrix = as_float64(self.kernel(self.sample, self.sample), "kernel")
        if matrix.shape != (len(self.sample),) * 2:
            raise ValueError(
                f"kernel gives shape {matrix.shape} on the sample; expected "
                f"{(len(self.sample),) * 2}."
            )
        values, vectors = np.linalg.eigh(matrix / len(matrix))
        return values[::-1], vectors[:, ::-1]

    @property
    def eigenvalues(self) -> Float[np.ndarray, " frequency"]:
        """The eigenvalues of `K/n`, largest first."""
        return self._all[0][: self.count]

    @property
    def frequencies(self) -> Float[np.ndarray, " frequency"]:
        """The ranks of the eigenvalues, from 1."""
        return np.arange(1.0, len(self.eigenvalues) + 1)

    def functions(self, x: Numbers) -> Float[np.ndarray, "n frequency"]:
        """Return the eigenfunctions at any inputs, of mean square one on the sample."""
        x = as_float64(x, "x").reshape(-1, *self.sample.shape[1:])
        values, vectors = self.eigenvalues, self._all[1][:, : self.count]
        matrix = as_float64(self.kernel(x, self.sample), "kernel")
        return matrix @ vectors / (np.sqrt(len(self.sample)) * values)

    def coefficients(
        self, x: Numbers, y: Numbers
    ) -> Float[np.ndarray, "frequency outputs"]:
        """Return the means of the values times the eigenfunctions."""
        x, y = as_pair(x, y)
        return self.functions(x).T @ y / len(x)

    def amplitudes(
        self, x: Float[np.ndarray, "n dim"], y: Float[np.ndarray, "n columns"]
    ) -> Float[np.ndarray, "frequency columns"]:
        """Return the absolute values of the coefficients."""
        return np.abs(self.coefficients(x, y))

    def floors(
        self,
        x: Float[np.ndarray, "n dim"],
        y: Float[np.ndarray, "n columns"],
        population: int | None,
    ) -> Float[np.ndarray, "frequency columns"]:
        """Return the standard error of the coefficients; see `mean_floor`."""
        modes = self.functions(x)
        power = (modes**2).T @ y**2 / len(x)
        return mean_floor(power, (modes.T @ y / len(x)) ** 2, len(x), population)


def mean_tangent_kernel(model: Model) -> Kernel:
    """Return the tangent kernel of a model, averaged over outputs, for `KernelModes`.

    Args:
        model: Any model that `tangent_kernel` accepts.

    Examples:
        >>> w, a = jnp.array([[2.0]]), jnp.array([3.0])
        >>> line = sf.TwoLayer(w, a, activation="identity")
        >>> kernel = sf.spectra.mean_tangent_kernel(line)
        >>> kernel(jnp.array([[1.0]]), jnp.array([[2.0]]))
        array([[26.]])
    """
    return functools.partial(mean_kernel, model)
