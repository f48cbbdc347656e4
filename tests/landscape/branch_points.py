"""Generic points of branches, found by solving equations; nothing here counts."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np

from suffice.landscape._branches._arrangement import Place
from suffice.models import activation as as_activation


def no_identity(z):
    """Positive, without any identity between neurons."""
    return jax.nn.softplus(z) + 0.3 * jnp.tanh(z / 2 + 0.5) + 0.5


@jax.jit
def _with_slope(z, which):
    fs = [no_identity, *(as_activation(name).function for name in NAMES[1:])]
    return jax.lax.switch(which, [lambda z, f=f: _jvp(f, z) for f in fs], z)


def _jvp(f, z):
    return jax.jvp(f, (z,), (jnp.ones_like(z),))


NAMES = ["generic", "tanh", "gaussian", "sigmoid", "softplus", "gelu", "elu", "relu"]


class Setting:
    """A target, samples and an activation; `dim` counts the bias."""

    def __init__(self, name, dim, bias, k, seed=0, n=48):
        rng = np.random.default_rng(seed)
        self.which, self.dim, self.bias, self.k = NAMES.index(name), dim, bias, k
        self.x = 1.5 * rng.standard_normal((n, dim))
        if bias:
            self.x[:, -1] = 1.0
        self.w = rng.standard_normal((k, dim))
        self.a = rng.uniform(0.7, 1.6, k) * rng.choice([-1, 1], k)
        self.rng = rng
        self.y = self.columns(self.w)[0] @ self.a

    def columns(self, w, x=None):
        """Values and slopes of neurons on samples."""
        z = (self.x if x is None else x) @ w.T
        value, slope = _with_slope(jnp.asarray(z), self.which)
        return np.asarray(value), np.asarray(slope)

    def jacobian(self, a, w, x=None):
        """Tangent matrix in `(a, w)`, neuron weights after output weights."""
        x = self.x if x is None else x
        value, slope = self.columns(w, x)
        weights = (slope * a)[:, :, None] * x[:, None, :]
        return np.concatenate([value, weights.reshape(len(x), -1)], axis=1)


def parametrised(setting, branch):
    """Linear map and offset from free numbers to `(a, w)`, with scales for ReLU."""
    m, dim = len(branch), setting.dim
    relu = NAMES[setting.which] == "relu"
    columns, offset = [], np.zeros(m + m * dim)

    def column(entries):
        c = np.zeros(m + m * dim)
        for index, number in entries:
            c[index] = number
        columns.append(c)

    for i in range(m):
        column([(i, 1.0)])
    slots = {i: slice(m + i * dim, m + (i + 1) * dim) for i in range(m)}
    for i, place in enumerate(branch):
        if place.role == "target":
            direction = place.sign * setting.w[place.group]
            if relu:
                column(enumerate(direction, slots[i].start))
            else:
                offset[slots[i]] = direction
        if place.role == "silent" and setting.bias:
            column([(slots[i].stop - 1, 1.0)])
    groups = {p.group for p in branch if p.role == "null"}
    for j in groups:
        members = [i for i, p in enumerate(branch) if p[:2] == ("null", j)]
        for d in range(dim):
            column([(slots[i].start + d, float(branch[i].sign)) for i in members])
    return np.array(columns).T, offset


def generic_point(setting, branch, starts=6):
    """Solutions `(a, w)` of `f = f*` with the weights that the branch prescribes."""
    m = len(branch)
    basis, offset = parametrised(setting, branch)
    for _ in range(starts):
        u = setting.rng.standard_normal(basis.shape[1])
        u[m:] = np.abs(u[m:]) if NAMES[setting.which] == "relu" else u[m:]
        damping = 1e-3
        loss = np.inf
        for _ in range(80):
            theta = offset + basis @ u
            a, w = theta[:m], theta[m:].reshape(m, -1)
            value = setting.columns(w)[0]
            residual = value @ a - setting.y
            loss = residual @ residual
            if loss < 1e-26 or np.linalg.norm(u) > 30:
                break
            jac = setting.jacobian(a, w) @ basis
            normal = jac.T @ jac
            for _ in range(12):
                step = np.linalg.solve(
                    normal + damping * np.eye(len(u)), -jac.T @ residual
                )
                theta = offset + basis @ (u + step)
                trial = setting.columns(theta[m:].reshape(m, -1))[0] @ theta[:m]
                if np.sum((trial - setting.y) ** 2) < loss:
                    u, damping = u + step, max(damping / 5, 1e-10)
                    break
                damping *= 4
            else:
                break
        if loss < 1e-20:
            theta = offset + basis @ u
            yield theta[:m], theta[m:].reshape(m, -1), basis


def arrangements(m, k, signed):
    """Every assignment of neurons to targets, null blocks and silence."""
    signs = (1, -1) if signed else (1,)
    letters = [Place("target", t, s) for t in range(k) for s in signs]
    letters += [Place("null", j, s) for j in range(m) for s in signs]
    letters += [Place("silent")]
    for word in itertools.product(letters, repeat=m):
        groups = [p.group for p in word if p.role == "null"]
        firsts = {}
        for p in word:
            if p.role == "null":
                firsts.setdefault(p.group, p.sign)
        ordered = list(dict.fromkeys(groups)) == list(range(len(set(groups))))
        if ordered and all(sign == 1 for sign in firsts.values()):
            yield word


def holds(setting, branch, a, w, tol=1e-6):
    """Whether a point lies in the closure of an arrangement, class by class."""
    name = NAMES[setting.which]
    odd = name in ("tanh", "sigmoid")
    weight = np.linalg.norm(w, axis=1) if name == "relu" else np.ones(len(a))
    vectors: dict = {}
    sums: dict = {}
    silent = 0.0
    for i, place in enumerate(branch):
        inner = w[i, :-1] if setting.bias else w[i]
        if place.role == "silent":
            if np.abs(inner).max(initial=0) > tol:
                return False
            silent += a[i] * setting.columns(w[i : i + 1])[0][0, 0]
            continue
        v = place.sign * w[i]
        if name == "relu":
            length = np.linalg.norm(v)
            if place.role == "target":
                v = v * np.linalg.norm(setting.w[place.group]) / max(length, 1e-300)
            elif length > tol:
                v = v / length
        key = place[:2]
        first = vectors.setdefault(
            key, setting.w[place.group] if place.role == "target" else v
        )
        if np.abs(first - v).max() > tol:
            return False
        sums[key] = sums.get(key, 0.0) + a[i] * weight[i] * (place.sign if odd else 1)
    for key, total in sums.items():
        aim = 0.0
        if key[0] == "null" and name == "relu":
            # where all lengths vanish, as for silent neurons, weights are free
            inside = [i for i, place in enumerate(branch) if place[:2] == key]
            if weight[inside].max() < tol and np.abs(a[inside]).max() > tol:
                return False
        if key[0] == "target":
            t = key[1]
            scale = np.linalg.norm(setting.w[t]) if name == "relu" else 1.0
            aim = setting.a[t] * scale
        if abs(total - aim) > tol:
            return False
    coupled = name in ("sigmoid", "softplus", "gelu", "relu")
    return coupled or abs(silent) < tol
