"""Whether a model of your own can be used in place of those of the package."""

import dataclasses
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from suffice._core import evaluate, Model, partition, ravel, require_float64, Result


@dataclasses.dataclass(frozen=True)
class Finding:
    """One check of a model.

    Attributes:
        name: What was checked.
        ok: Whether it holds.
        detail: What was found.
        remedy: What to do about it; empty when it holds.
    """

    name: str
    ok: bool
    detail: str
    remedy: str = ""


@dataclasses.dataclass(frozen=True)
class Check(Result):
    """The findings of `check_model`, in the order in which they were made.

    Attributes:
        findings: One line per check; a check that cannot be made for a failure before
            it is left out.
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

    def to_dict(self) -> dict[str, Any]:
        """Verdict and findings, as JSON can hold them."""
        rows = [dataclasses.asdict(finding) for finding in self.findings]
        return {"ok": self.ok, "findings": rows}


def check_model(model: Model, x: Any = None) -> Check:
    """Check that a callable pytree keeps the contract of a model.

    Every floating-point array in the pytree is a parameter; the model maps one input to
    real numbers, always the same for the same input; JAX can differentiate and batch
    it. The derivative is compared with central differences in three random directions
    of parameter space, forward and backward, so the check is cheap for large models.

    Args:
        model: Any callable pytree.
        x: A few inputs stacked along the leading axis; None draws three from
            `model.domain`, if it has one.

    Returns:
        One finding per check, with a remedy for each that fails; nothing is raised for
        a model that does not conform.

    Raises:
        ValueError: JAX is in float32 mode, or there are no inputs to check on.

    Example:
        >>> print(check_model(mine, x=np.ones((3, 5))))  # doctest: +SKIP
    """
    require_float64("Comparing derivatives with differences")
    x = _inputs(model, x)
    findings = [_parameters(model), _plain_numbers(model)]
    steps = [_value, _repeatable, _batched, _round_trip, _derivative]
    for step in steps if findings[0].ok else []:
        findings.append(step(model, x))
        if not findings[-1].ok:
            break
    return Check(tuple(findings))


def _inputs(model, x):
    if x is None:
        if not hasattr(model, "domain"):
            raise ValueError(
                "x is None and the model has no domain to draw from; pass a few inputs "
                "stacked along the leading axis."
            )
        x = model.domain.sample(jax.random.key(0), 3)
    x = jax.tree.map(jnp.asarray, x)
    leaves = jax.tree.leaves(x)
    if not leaves or leaves[0].ndim == 0 or len(leaves[0]) == 0:
        raise ValueError("x holds no input; stack a few along the leading axis.")
    return jax.tree.map(lambda leaf: leaf[:8], x)


def _parameters(model):
    leaves = jax.tree.leaves(partition(model)[0])
    count = sum(leaf.size for leaf in leaves)
    odd = sorted({str(leaf.dtype) for leaf in leaves} - {"float64"})
    name = "parameters"
    if not leaves:
        return Finding(name, False, "the pytree holds no floating-point array",
            "hold the parameters in an equinox.Module, or bind them with "
            "jax.tree_util.Partial(function, params); not in a closure")  # fmt: skip
    if odd:
        return Finding(name, False, f"some are {', '.join(odd)}",
            "convert every parameter to real float64; write a complex one as two "
            "real ones")  # fmt: skip
    return Finding(name, True, f"{count} numbers in {len(leaves)} arrays")


def _plain_numbers(model):
    plain = [leaf for leaf in jax.tree.leaves(model) if isinstance(leaf, float)]
    if not plain:
        return Finding("no hidden parameters", True, "no leaf is a Python float")
    return Finding(
        "no hidden parameters",
        False,
        f"{len(plain)} leaf(s) are Python floats, e.g. {plain[0]}",
        "wrap them in jnp.asarray if they are parameters, mark them static if not",
    )


def _value(model, x):
    name, one = "real finite output", jax.tree.map(lambda leaf: leaf[0], x)
    try:
        y = jnp.asarray(model(one))
    except Exception as error:  # the user's code may raise anything
        return Finding(name, False, f"{type(error).__name__}: {error}",
            "make the model callable on one input, without a batch axis")  # fmt: skip
    if y.dtype != jnp.float64:
        return Finding(name, False, f"the output is {y.dtype}",
            "return a float64 array; split complex outputs into parts")  # fmt: skip
    if not jnp.isfinite(y).all():
        return Finding(name, False, "the output is not finite",
            "check the parameters and the inputs for huge values and NaN")  # fmt: skip
    return Finding(name, True, f"shape {y.shape}")


def _repeatable(model, x):
    one = jax.tree.map(lambda leaf: leaf[0], x)
    same = np.array_equal(np.asarray(model(one)), np.asarray(model(one)))
    return Finding(
        "same output twice",
        same,
        "two calls agree" if same else "two calls on one input differ",
        "" if same else "switch off dropout and other randomness",
    )


def _batched(model, x):
    name, n = "batches", len(jax.tree.leaves(x)[0])
    try:
        batched = evaluate(model, x)
    except Exception as error:  # the user's code may raise anything
        return Finding(name, False, f"{type(error).__name__}: {error}",
            "use JAX functions only, without Python branches on values")  # fmt: skip
    rows = [model(jax.tree.map(lambda leaf, i=i: leaf[i], x)) for i in range(n)]
    loop = np.stack([np.ravel(row) for row in rows])
    gap = float(np.max(np.abs(batched - loop)))
    ok = gap <= 1e-10 * (1 + float(np.max(np.abs(loop))))
    return Finding(
        name,
        ok,
        f"batch and loop differ by {gap:.1e}",
        "" if ok else "let each output depend on its own input only",
    )


def _round_trip(model, x):
    theta, at = ravel(model)
    ok = np.array_equal(evaluate(at(theta), x), evaluate(model, x))
    return Finding(
        "parameter vector",
        ok,
        "flattening and rebuilding changes nothing" if ok else "rebuilding differs",
        "" if ok else "derive nothing from parameters when the pytree is built",
    )


def _derivative(model, x):
    name = "derivative"
    theta, at = ravel(model)

    @jax.jit
    def outputs(vector):
        return eqx.filter_vmap(at(vector))(x).ravel()

    rng = np.random.default_rng(0)
    directions = rng.standard_normal((3, theta.size)) / max(theta.size, 1) ** 0.5
    h = 1e-5 * (1 + float(jnp.sqrt(jnp.mean(theta**2))))
    worst = 0.0
    try:
        y, pull = jax.vjp(outputs, theta)
        for v in jnp.asarray(directions):
            forward = jax.jvp(outputs, (theta,), (v,))[1]
            difference = (outputs(theta + h * v) - outputs(theta - h * v)) / (2 * h)
            u = jnp.asarray(rng.standard_normal(y.shape))
            size = jnp.linalg.norm(u) * (
                jnp.linalg.norm(difference) + jnp.linalg.norm(y)
            )
            backward = jnp.abs(pull(u)[0] @ v - u @ difference)
            gap = jnp.maximum(jnp.abs(u @ (forward - difference)), backward)
            worst = max(worst, float(gap / jnp.maximum(size, 1e-300)))
    except Exception as error:  # the user's code may raise anything
        return Finding(name, False, f"{type(error).__name__}: {error}",
            "use functions that JAX can differentiate, both ways")  # fmt: skip
    ok = bool(worst <= 1e-6)
    return Finding(
        name,
        ok,
        f"differs from central differences by {worst:.1e}, relative",
        ""
        if ok
        else "look for stop_gradient, rounding, custom derivatives, or a kink of the "
        "function exactly at this point",
    )
