# %% [markdown]
# # Bring your own model
# A model is a pytree that can be called on one input; its floating-point arrays are the
# parameters. Nothing has to be wrapped or registered.

# %%
import importlib.util

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import suffice as sf

jax.config.update("jax_enable_x64", True)
x = np.random.default_rng(0).normal(size=(200, 3))

# %% [markdown]
# **A function with parameters** becomes one with `jax.tree_util.Partial`. This one has
# a scale that its weights could absorb: five numbers, four directions.


# %%
def damped(params, x):
    return params["scale"] * params["gain"] * jnp.tanh(params["w"] @ x)


params = {"scale": jnp.array(2.0), "gain": jnp.array(0.5), "w": jnp.arange(1.0, 4.0)}
model = jax.tree_util.Partial(damped, params)
print(sf.check_model(model, x))
assert sf.check_model(model, x).ok
rank = sf.tangent_rank(model, domain=sf.RealSpace(3))
print(rank.headline())
assert (rank.value, rank.parameters) == (4, 5)

# %% [markdown]
# **Any equinox module.** Every question about tangent spaces can be asked. An
# `eqx.nn.MLP` is recognised as the `DeepNetwork` that it is, whose symmetries are
# known: so fewer samples are ruled out, for almost every such target.

# %%
mlp = eqx.nn.MLP(3, "scalar", 4, 2, activation=jnp.tanh, key=jax.random.key(0))
size = sf.optimistic_sample_size(mlp)
print(size.headline(), sf.guarantee(mlp, x).headline(), sep="\n")
assert (size.value, size.status) == (41, "exact for almost every target")
assert sf.guarantee(mlp, x).holds
assert not sf.guarantee(mlp, x[:40]).holds

weights, biases = zip(*((p.weight, p.bias) for p in mlp.layers), strict=True)
known = sf.DeepNetwork((*weights[:-1], weights[-1][0]), (*biases[:-1], biases[-1][0]))
assert np.allclose(jax.vmap(known)(x), jax.vmap(mlp)(x))
assert sf.optimistic_sample_size(known).status == size.status

# %% [markdown]
# **A torch module** enters through `from_torch`, where torch is installed.

# %%
if importlib.util.find_spec("torch"):
    import torch

    torch.manual_seed(0)
    layers = torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1)
    rank = sf.tangent_rank(
        sf.from_torch(torch.nn.Sequential(*layers)), domain=sf.RealSpace(3)
    )
    print(rank.headline())
    assert rank.value == 4 * (3 + 2) + 1
