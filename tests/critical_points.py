"""Exact critical points of any network: the data are chosen for the point.

A residual `e` with `J^T e = 0` makes a parameter critical; `y = f - e` has it.
"""

import jax
import jax.numpy as jnp
import numpy as np
from slow_cases import slow

from suffice._core import ravel
from suffice.landscape._network._arrays import read
from suffice.landscape._network._objective import two_layer_loss
from suffice.landscape._network._signals import forms, signals
from suffice.models import DeepNetwork, TwoLayer

KINDS = ("tanh", "sigmoid", "softplus", "gelu", "relu", "elu")
COMMON = ["tanh", "relu", *slow("sigmoid", "softplus", "gelu")]
EACH = [*COMMON, *slow("elu")]
SMOOTH = ["tanh", *slow("sigmoid", "softplus", "gelu")]


def data_for(model, x, rng, size=1.0):
    """Targets that make a model critical, with a random residual of a given norm."""
    if isinstance(model, TwoLayer):  # NumPy: compiling for every shape takes long
        whole = two_layer_loss(model, x, np.zeros((len(x), model.outputs)))
        jac = whole.tangent(whole.pack(whole.network)[None])[0]
        f = signals(whole.network, x, whole.y).residual
        f = f if model.a.ndim == 2 else f[:, 0]
    else:
        f, jac = deep_tangent(model, x)
    left, values, _ = np.linalg.svd(jac)
    rank = int(np.sum(values > 1e-10 * values[0]))
    assert rank < f.size, "more samples are needed"
    e, seen = rng.standard_normal(f.size), left[:, :rank]
    e -= seen @ (seen.T @ e)  # no basis of the null space, which machines choose
    return f - (size * e / np.linalg.norm(e)).reshape(f.shape)


def deep_tangent(model, x):
    """Outputs and Jacobian of a deep network, from signals linear in the residual."""
    net, outputs = read(model), len(model.weights[-1])
    f = signals(net, x, np.zeros((len(x), outputs))).residual
    rows = []
    for unit in np.eye(outputs):
        one = signals(net, x, f - unit)
        pairs = zip(one.delta, one.h, strict=True)
        parts = [(d[:, :, None] * h[:, None]).reshape(len(x), -1) for d, h in pairs]
        rows.append(np.concatenate(parts, axis=1))
    return f, np.stack(rows, axis=1).reshape(f.size, -1)


def network(rng, width, dim, activation, *, bias=False, outputs=None, c=False):
    """A two-layer network whose neurons are well apart."""
    while True:
        v = rng.uniform(-1.5, 1.5, (width, dim + bias))
        both = np.vstack([v, -v])
        gaps = np.linalg.norm(both[:, None] - both[None], axis=-1)
        if (gaps + 9 * np.eye(len(both))).min() > 0.4:
            break
    head = () if outputs is None else (outputs,)
    a = rng.uniform(0.5, 1.5, (*head, width)) * rng.choice([-1, 1], (*head, width))
    return TwoLayer(
        w=jnp.asarray(v[:, :dim]),
        a=jnp.asarray(a),
        b=jnp.asarray(v[:, dim]) if bias else None,
        c=jnp.asarray(rng.standard_normal(head)) if c else None,
        activation=activation,
    )


def critical(rng, activation, width=2, dim=2, n=24, size=1.0, **options):
    """A critical two-layer network with its data."""
    model = network(rng, width, dim, activation, **options)
    x = 1.5 * rng.standard_normal((n, dim))
    return model, x, data_for(model, x, rng, size)


def critical_deep(rng, activation, widths=(2, 2, 2, 2), n=24, size=1.0):
    """A critical deep network, with biases, and its data."""
    key = jax.random.key(int(rng.integers(2**31)))
    model = DeepNetwork.normal(
        widths, 1.0, key=key, scalar=False, activation=activation
    )
    x = 1.5 * rng.standard_normal((n, widths[0]))
    return model, x, data_for(model, x, rng, size)


def critical_mixed(rng, activation):
    """A deep one whose first neuron has mixed derivatives: no dead ReLU layers."""
    while True:
        model, x, y = critical_deep(rng, activation)
        net = read(model)
        first = forms(net, signals(net, x, y), 0)
        if np.linalg.norm(first.mixed[0]) > 1e-2:
            return model, x, y


def loss(model, x, y):
    """`L = 1/2 sum r^2`."""
    return signals(read(model), x, y.reshape(len(x), -1)).loss


def shares(rng, copies):
    """Fractions that sum to one: of one sign, of mixed signs, or with zeros."""
    sort = rng.integers(3)
    if sort == 0:
        return rng.dirichlet(np.ones(copies))
    alpha = rng.uniform(0.2, 1.5, copies) * rng.choice([-1, 1], copies)
    if sort == 2 and copies > 1:
        alpha[rng.integers(copies)] = 0.0
    total = alpha.sum()
    return alpha / total if abs(total) > 0.2 else shares(rng, copies)


def plateau():
    """Width 50, three inputs, small initialisation, stopped where nothing happens."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 3))
    target = TwoLayer(jnp.diag(jnp.array([1.0, 2.0, 3.0])), jnp.array([1.5, -1.0, 0.6]))
    y = np.asarray(jax.vmap(target)(x))
    theta, unravel = ravel(TwoLayer.normal(50, 3, 1e-4, key=jax.random.key(0)))

    def value(vector):
        return 0.5 * jnp.sum((jax.vmap(unravel(vector))(x) - y) ** 2)

    def step(theta, _):
        return theta - 2e-3 * jax.grad(value)(theta), None

    theta, _ = jax.jit(lambda t: jax.lax.scan(step, t, length=750))(theta)
    return unravel(theta), x, y
