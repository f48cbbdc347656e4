"""Gradient flow of a linearised model in closed form."""

import dataclasses
from typing import Any

import numpy as np
import scipy.linalg
import scipy.optimize
from jaxtyping import Float

from suffice._core import Hidden, Model, require_float64, Result
from suffice._core.literature import bases
from suffice.spectra._bases._kernel_basis import Kernel, mean_tangent_kernel

from ._sets import accuracy, are_classes, Labelled, Pair, read_sets

FITTED = 0.05  # training loss, in variances of the labels, of a memorised set
RISE = 0.9  # share of the first training loss at which an ascent is measured


@dataclasses.dataclass(frozen=True)
class KernelFlow(Result):
    """Gradient flow of the mean squared loss of a linearised model, at any time.

    With the kernel `K` of the training set and `c` outputs, residuals obey

        dr/dt = -2/(n c) K r       r_test' = -2/(n c) K_test,train r

    so one step of gradient descent with rate `η` corresponds to the time `η`. The
    eigenvectors of `K` are computed once; each time then costs one matrix product.

    Attributes:
        train: The training set, with the outputs of the model at time 0.
        test: The test set, with the outputs of the model at time 0.
        eigenvalues: Eigenvalues of the kernel on the training set, increasing.
        vectors: Eigenvectors of the kernel, one per column.
        cross: The kernel between test and training set, times the eigenvectors.
    """

    grounds = bases.KERNEL

    train: Hidden[Labelled]
    test: Hidden[Labelled]
    eigenvalues: Float[np.ndarray, " n"]
    vectors: Hidden[Float[np.ndarray, "n n"]]
    cross: Hidden[Float[np.ndarray, "m n"]]

    @property
    def variance(self) -> float:
        """Variance of the training labels, averaged over outputs."""
        return float(self.train.y.var(axis=0).mean())

    @property
    def alignment(self) -> float:
        """Slope of the test loss over that of the training loss, at time 0.

        With one output it is `gradient_alignment` of the model; for a kernel with
        multipliers `μ_k` on the line and a start at zero it is
        `Σ μ_k Re(F_test* F_train) / Σ μ_k |F_train|²`.
        """
        c = self._coefficients
        down = (self.eigenvalues[:, None] * c**2).sum() / len(self.train.y)
        along = (self.test.residual * (self.cross @ c)).sum() / len(self.test.y)
        return float(along / down)

    def outputs(
        self, t: float
    ) -> tuple[Float[np.ndarray, "n c"], Float[np.ndarray, "m c"]]:
        """Return the outputs on training and test set at a time, possibly infinite."""
        kept, moved = self._factors(t)
        c = self._coefficients
        residual = self.vectors @ (kept * c)
        return self.train.y - residual, self.test.start + self.cross @ (moved * c)

    def losses(self, t: float) -> tuple[float, float]:
        """Return the mean squared losses on training and test set at a time."""
        train, test = self.outputs(t)
        pairs = ((train, self.train.y), (test, self.test.y))
        first, second = (float(((f - y) ** 2).mean()) for f, y in pairs)
        return first, second

    def time_to(self, loss: float) -> float | None:
        """Return the time at which the training loss reaches a value, None if never."""
        energy = (self._coefficients**2).sum(1) / self.train.y.size
        start, end = energy.sum(), energy[self.eigenvalues == 0].sum()
        if loss >= start:
            return 0.0
        if loss <= end:
            return None

        def above(log_t):
            kept, _ = self._factors(np.exp(log_t))
            return float((kept[:, 0] ** 2 * energy).sum()) - loss

        low = high = -np.log(self._rates.max())
        while above(low) < 0:
            low -= 1.0
        while above(high) > 0:
            high += 1.0
        return float(np.exp(scipy.optimize.brentq(above, low, high, xtol=1e-10)))

    def ascent(self, share: float = RISE) -> float | None:
        """Return the test loss over its first value, at a share of the training loss.

        Above 1 the test loss rises while the training loss falls.

        Args:
            share: Training loss over its first value, between 0 and 1.

        Returns:
            The ratio of test losses; None where the training loss never falls so far.
        """
        start, start_test = self.losses(0.0)
        t = self.time_to(share * start)
        return None if t is None else self.losses(t)[1] / start_test

    def plateau(self, fitted: float = FITTED) -> "MemorisationPlateau | None":
        """Return the test loss when the training set is first memorised.

        Args:
            fitted: Training loss, in units of the variance of the labels.

        Returns:
            Time, test loss and accuracy; None where the training loss never falls so
            far.
        """
        t = self.time_to(fitted * self.variance)
        if t is None:
            return None
        _, test = self.outputs(t)
        losses = ((test - self.test.y) ** 2).mean(axis=1) / self.variance
        classes = are_classes(self.train, self.test)
        return MemorisationPlateau(
            time=t,
            loss=float(losses.mean()),
            loss_error=float(losses.std() / np.sqrt(len(losses))),
            accuracy=accuracy(test, self.test.y) if classes else None,
        )

    def headline(self) -> str:
        """Return the two indices of a linearised training."""
        rise, end = self.ascent(), self.plateau()
        rise_words = "-" if rise is None else f"{rise:.3g}"
        words = (
            "never memorised" if end is None else f"{end.loss:.3g} times the variance"
        )
        return (
            f"Test loss at 90 % of the training loss: {rise_words} of its first value; "
            f"at the end of memorisation: {words}."
        )

    def shown(self) -> dict[str, Any]:
        """Return slope, losses and the largest rate."""
        (a, b), (c, d) = self.losses(0.0), self.losses(np.inf)
        return {
            "alignment": self.alignment,
            "train_loss": f"{a:.3g} -> {c:.3g}",
            "test_loss": f"{b:.3g} -> {d:.3g}",
            "largest_rate": self._rates.max(),
        }

    def derived(self) -> dict[str, Any]:
        """Return the headline as data."""
        return {"headline": self.headline()}

    @property
    def _coefficients(self):
        return self.vectors.T @ self.train.residual

    @property
    def _rates(self):
        return 2.0 * self.eigenvalues / self.train.y.size

    def _factors(self, t):
        """Return the remaining share of each mode, and the factor of `cross`."""
        rates = self._rates
        moves = rates > 0
        spent = np.zeros(len(rates))
        spent[moves] = rates[moves] * t
        done = -np.expm1(-spent)
        moved = np.zeros(len(rates))
        moved[moves] = done[moves] / self.eigenvalues[moves]
        return (1.0 - done)[:, None], moved[:, None]


@dataclasses.dataclass(frozen=True)
class MemorisationPlateau:
    """The end of memorisation in the linearised flow.

    Attributes:
        time: Flow time at which the training loss has fallen to a share of the
            variance.
        loss: Test loss, in units of the variance of the training labels.
        loss_error: Its standard error, from the spread over the test set.
        accuracy: Accuracy on the test set; None where labels are not classes.
    """

    time: float
    loss: float
    loss_error: float
    accuracy: float | None


def kernel_flow(
    model: Model,
    train: Pair,
    test: Pair,
    *,
    kernel: Kernel | None = None,
) -> KernelFlow:
    """Return the gradient flow of a linearised model in closed form.

    The residual along each eigenvector of the tangent kernel falls at the rate of its
    eigenvalue. The cost is one eigendecomposition of the kernel of the training set.
    All outputs share the kernel averaged over them, which is exact for one output
    and for infinitely wide networks. The order of learning and the plateaus also hold
    for Adam and SGD, the times for gradient descent only.

    Use `forecast` for a verdict on nonlinear training.

    Args:
        model: Any callable pytree, at its initial parameters.
        train: Inputs `(n, ...)` and targets: rows, numbers, or whole numbers as classes
            of a model with several outputs.
        test: Inputs and targets of the test set, in the same form; nothing is fitted to
            them.
        kernel: A function that is called as `kernel(x, x')` for two sets of inputs and
            returns an array `(n, n')`; None takes the tangent kernel of the model.

    Returns:
        The flow, which gives outputs and losses at any time.

    Raises:
        ValueError: JAX runs in float32 mode, the sets do not agree with each other or
            with the model, or the kernel of the training set is zero or not positive
            semidefinite.

    Source:
        Jacot et al. 2018, arXiv:1806.07572; the indices are derived and verified here.

    Examples:
        >>> line = sf.Linear(jnp.zeros(1))
        >>> x = np.array([[-1.0], [1.0]])
        >>> flow = sf.spectra.kernel_flow(line, (x, x[:, 0]), (2 * x, 2 * x[:, 0]))
        >>> np.log(flow.losses(0.5)).round(4)  # exp(-4 t) of the training loss is left
        array([-2.    , -0.6137])
    """
    require_float64("A kernel flow")
    sets = read_sets(model, train, test)
    return flow_of(model, *sets, kernel)


def flow_of(
    model: Model,
    train: Labelled,
    test: Labelled,
    kernel: Kernel | None = None,
) -> KernelFlow:
    """Return the flow for sets that have been read and checked."""
    kernel = mean_tangent_kernel(model) if kernel is None else kernel
    gram = np.asarray(kernel(train.x, train.x), float)
    cross = np.asarray(kernel(test.x, train.x), float)
    _check(gram, cross, len(train.y), len(test.y))
    values, vectors = scipy.linalg.eigh(gram)
    _check_values(values, gram)
    null = values < len(values) * np.finfo(float).eps * values[-1]
    cross = cross @ vectors
    cross[:, null] = (
        0.0  # the cross kernel vanishes with the kernel of the training set
    )
    return KernelFlow(train, test, np.where(null, 0.0, values), vectors, cross)


def _check(gram, cross, n, m):
    if gram.shape != (n, n) or cross.shape != (m, n):
        raise ValueError(
            f"kernel returns shapes {gram.shape} and {cross.shape} for {n} training "
            f"and {m} test inputs; expected ({n}, {n}) and ({m}, {n})."
        )
    if not (np.isfinite(gram).all() and np.isfinite(cross).all()):
        raise ValueError("kernel returns values that are not finite.")
    size = np.abs(gram).max()
    if size == 0 or np.abs(gram - gram.T).max() > 1e-8 * size:
        raise ValueError(
            "the kernel of the training set is zero or not symmetric; expected a "
            "positive semidefinite matrix that is not zero."
        )


def _check_values(values, gram):
    if values[0] < -1e-8 * np.abs(gram).max() * len(gram):
        raise ValueError(
            f"the kernel of the training set has the eigenvalue {values[0]:.3g}; "
            "expected none below zero."
        )
