"""Checks whether a user's model can be used like the models of the package."""

import dataclasses
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from suffice._core import (
    evaluate,
    in_float64,
    Inputs,
    Model,
    parameter_fault,
    partition,
    ravel,
    require_float64,
    Result,
)

from ._domain import own_domain


@dataclasses.dataclass(frozen=True)
class Finding:
    """One check of a model.

    Attributes:
        name: The property that was checked.
        ok: Whether the model has it.
        detail: The observation behind the verdict.
        remedy: What to change; empty where the model has the property.
    """

    name: str
    ok: bool
    detail: str
    remedy: str = ""


@dataclasses.dataclass(frozen=True)
class Check(Result):
    """The findings of `check_model`, in the order of the checks.

    Attributes:
        findings: One finding per check. Checks that an earlier failure makes impossible
            are omitted.
    """

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether every check holds."""
        return all(finding.ok for finding in self.findings)

    def headline(self) -> str:
        """The verdict in one sentence."""
        failed = [finding for finding in self.findings if not finding.ok]
        if not failed:
            return f"The model conforms: {len(self.findings)} checks hold."
        names = "; ".join(f"{f.name}: {f.remedy}" for f in failed)
        return f"The model does not conform. {names}"

    def shown(self) -> dict[str, Any]:
        """One row per check."""
        return {
            f.name: ("holds" if f.ok else "FAILS") + f" - {f.detail}"
            for f in self.findings
        }

    def derived(self) -> dict[str, Any]:
        """The verdict."""
        return {"ok": self.ok}


def check_model(model: Model, x: Inputs | None = None) -> Check:
    """Check whether a callable pytree has the properties of a model.

    Every floating-point array in the pytree must be a parameter; one of lower precision
    is taken in float64, as ranks and training take it. The model must map an input to
    real numbers that depend on this input only, and JAX must be able to differentiate
    and batch it. The derivative is compared with central differences in three random
    directions of parameter space, in forward and in backward mode, so the check is
    cheap for large models. Run it once before using your own model elsewhere.

    Args:
        model: Any callable pytree.
        x: A few inputs stacked along the leading axis; None draws three from
            `model.domain`.

    Returns:
        One finding per check, with a remedy for each failure. A failure raises no
        error.

    Raises:
        ValueError: JAX is in float32 mode, or there are no inputs.

    Examples:
        >>> model = sf.TwoLayer.normal(width=3, inputs=5, key=jax.random.key(0))
        >>> sf.check_model(model).ok
        True
    """
    require_float64("Comparing derivatives with differences")
    x = _inputs(model, x)
    findings = [_parameters(model), _plain_numbers(model)]
    model = in_float64(model) if findings[0].ok else model
    steps = [_value, _repeatable, _batched, _round_trip, _derivative]
    for step in steps if findings[0].ok else []:
        findings.append(step(model, x))
        if not findings[-1].ok:
            break
    return Check(tuple(findings))


def _inputs(model, x):
    if x is None:
        if (domain := own_domain(model)) is None:
            raise ValueError(
                "x is None and the model has no attribute `domain`; pass a few inputs "
                "stacked along the leading axis."
            )
        x = domain.sample(jax.random.key(0), 3)
    x = jax.tree.map(jnp.asarray, x)
    leaves = jax.tree.leaves(x)
    if not leaves or leaves[0].ndim == 0 or len(leaves[0]) == 0:
        raise ValueError(
            "x holds no input; pass a few inputs stacked along the leading axis."
        )
    return jax.tree.map(lambda leaf: leaf[:8], x)


def _holds(name: str, detail: str) -> Finding:
    return Finding(name, True, detail)


def _fails(name: str, detail: str | Exception, remedy: str) -> Finding:
    if isinstance(detail, Exception):
        detail = f"{type(detail).__name__}: {detail}"
    return Finding(name, False, detail, remedy)


def _parameters(model):
    name = "parameters"
    if (fault := parameter_fault(model)) is not None:
        return _fails(name, f"the model {fault[0]}", fault[1])
    leaves = jax.tree.leaves(partition(model)[0])
    count = sum(leaf.size for leaf in leaves)
    kinds = sorted({str(leaf.dtype) for leaf in leaves} - {"float64"})
    taken = f", some in {', '.join(kinds)}: taken in float64" if kinds else ""
    return _holds(name, f"{count} numbers in {len(leaves)} arrays{taken}")


def _plain_numbers(model):
    name = "no hidden parameters"
    plain = [leaf for leaf in jax.tree.leaves(model) if isinstance(leaf, float)]
    if not plain:
        return _holds(name, "no leaf is a Python float")
    return _fails(
        name,
        f"{len(plain)} leaf(s) are Python floats, e.g. {plain[0]}",
        "wrap them in jnp.asarray if they are parameters, else mark them static",
    )


def _value(model, x):
    name = "real finite output"
    try:
        y = jnp.asarray(model(_row(x, 0)))
    except Exception as error:  # the user's code may raise anything
        remedy = "make the model callable on one input, without a batch axis"
        return _fails(name, error, remedy)
    if y.dtype != jnp.float64:
        remedy = "return a float64 array; split a complex output into its parts"
        return _fails(name, f"the output is {y.dtype}", remedy)
    if not jnp.isfinite(y).all():
        remedy = "check the parameters and the inputs for huge values and NaN"
        return _fails(name, "the output is not finite", remedy)
    return _holds(name, f"shape {y.shape}")


def _repeatable(model, x):
    name, sample = "same output twice", _row(x, 0)
    if np.array_equal(np.asarray(model(sample)), np.asarray(model(sample))):
        return _holds(name, "two calls agree")
    remedy = "switch off dropout and other randomness"
    return _fails(name, "two calls on one input differ", remedy)


def _batched(model, x):
    name = "batches"
    try:
        batched = evaluate(model, x)
    except Exception as error:  # the user's code may raise anything
        remedy = "use JAX functions only, without Python branches on values"
        return _fails(name, error, remedy)
    loop = np.stack([np.ravel(model(_row(x, i))) for i in range(len(batched))])
    gap = float(np.max(np.abs(batched - loop)))
    if gap <= 1e-10 * float(np.max(np.abs(loop))):
        return _holds(name, f"batch and loop differ by {gap:.1e}")
    remedy = "let each output depend on its own input only"
    return _fails(name, f"batch and loop differ by {gap:.1e}", remedy)


def _round_trip(model, x):
    name, (theta, rebuild) = "parameter vector", ravel(model)
    if np.array_equal(evaluate(rebuild(theta), x), evaluate(model, x)):
        return _holds(name, "rebuilding from the vector leaves the outputs unchanged")
    remedy = "compute nothing from the parameters in the constructor of the pytree"
    return _fails(name, "rebuilding from the vector changes the outputs", remedy)


def _derivative(model, x):
    name = "derivative"
    try:
        worst = _disagreement(model, x)
    except Exception as error:  # the user's code may raise anything
        remedy = "use functions that JAX can differentiate in forward and reverse mode"
        return _fails(name, error, remedy)
    detail = f"differs from central differences by {worst:.1e}, relative"
    if worst <= 1e-6:
        return _holds(name, detail)
    return _fails(
        name,
        detail,
        "look for stop_gradient, custom derivatives, or a kink of the function "
        "exactly at this point",
    )


def _disagreement(model, x):
    """The largest relative error of derivatives, in three random directions."""
    theta, rebuild = ravel(model)

    @jax.jit
    def outputs(vector):
        return eqx.filter_vmap(rebuild(vector))(x).ravel()

    rng = np.random.default_rng(0)
    h = 1e-5 * (1 + float(jnp.sqrt(jnp.mean(theta**2))))
    y, pull = jax.vjp(outputs, theta)
    worst = 0.0
    for _ in range(3):
        v = jnp.asarray(rng.standard_normal(theta.size) / max(theta.size, 1) ** 0.5)
        u = jnp.asarray(rng.standard_normal(y.shape))
        forward = jax.jvp(outputs, (theta,), (v,))[1]
        slope = (outputs(theta + h * v) - outputs(theta - h * v)) / (2 * h)
        gaps = u @ (forward - slope), pull(u)[0] @ v - u @ slope
        size = jnp.linalg.norm(u) * (jnp.linalg.norm(slope) + jnp.linalg.norm(y))
        gap = jnp.maximum(jnp.abs(gaps[0]), jnp.abs(gaps[1]))
        worst = max(worst, float(gap / jnp.maximum(size, 1e-300)))
    return worst if np.isfinite(worst) else np.inf


def _row(x, index):
    return jax.tree.map(lambda leaf: leaf[index], x)
