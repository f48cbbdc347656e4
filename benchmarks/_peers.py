"""What people do now, written as their documentation shows it."""

import equinox as eqx
import jax
import nngeometry.layercollection as layers
import numpy as np
import torch
from curvlinops import JacobianLinearOperator
from nngeometry.gram import GramMatrix
from torch.func import functional_call, jacrev, vmap
from torch.utils.data import DataLoader, TensorDataset


def torch_jacobian(module, x):
    """torch.func: the tangent matrix of a scalar model, `(n, p)`."""
    parameters = {name: p.detach() for name, p in module.named_parameters()}

    def one(p, sample):
        return functional_call(module, p, (sample[None],)).squeeze()

    parts = vmap(jacrev(one), (None, 0))(parameters, torch.as_tensor(x))
    return torch.cat([part.flatten(1) for part in parts.values()], dim=1)


def torch_qr_rank(module, x):
    """torch.func jacrev, then QR and the spectrum of R."""
    r = torch.linalg.qr(torch_jacobian(module, x).T, mode="r").R
    return int(torch.linalg.matrix_rank(r))


def torch_svd_rank(module, x):
    """torch.func jacrev, then matrix_rank."""
    return int(torch.linalg.matrix_rank(torch_jacobian(module, x)))


def nngeometry_rank(module, x):
    """The structured Gram matrix of nngeometry and its eigenvalues."""
    data = TensorDataset(torch.as_tensor(x), torch.zeros(len(x)))
    gram = GramMatrix(
        module,
        DataLoader(data, batch_size=256),
        lambda *batch: module(batch[0]),
        layer_collection=layers.LayerCollection.from_model(module),
    ).to_torch()
    values = torch.linalg.eigvalsh(gram.reshape(len(x), len(x))).flip(0)
    eps = torch.finfo(values.dtype).eps
    return int((values > len(x) * eps * values[0]).sum())


def curvlinops_sketch(module, x, columns):
    """J times a Gaussian matrix with curvlinops."""
    data = [(torch.as_tensor(x), torch.zeros(len(x), 1, dtype=torch.float64))]
    operator = JacobianLinearOperator(
        module, list(module.parameters()), data, check_deterministic=False
    )
    omega = torch.randn(operator.shape[1], columns, dtype=torch.float64)
    return operator @ omega


def jax_jacobian(model, x):
    """JAX jacrev: the tangent matrix of a scalar model, `(n, p)`."""
    params, rest = eqx.partition(model, eqx.is_inexact_array)
    parts = jax.tree.leaves(_rows(params, rest, x))
    return np.concatenate([np.reshape(part, (len(x), -1)) for part in parts], axis=1)


@eqx.filter_jit
def _rows(params, rest, x):
    def one(p, sample):
        return eqx.combine(p, rest)(sample)

    return jax.vmap(jax.jacrev(one), (None, 0))(params, x)


def jax_gram_rank(model, x):
    tangent = jax_jacobian(model, x)
    values = np.linalg.eigvalsh(tangent @ tangent.T)[::-1]
    return int((values > len(x) * np.finfo(float).eps * values[0]).sum())


def jax_qr_rank(model, x):
    r = np.linalg.qr(jax_jacobian(model, x).T, mode="r")
    return int(np.linalg.matrix_rank(r))


@eqx.filter_jit
def batch_gradient(model, x):
    """One gradient of the mean squared output over all samples."""
    params, rest = eqx.partition(model, eqx.is_inexact_array)

    def loss(p):
        return (jax.vmap(eqx.combine(p, rest))(x) ** 2).mean()

    return jax.grad(loss)(params)
