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
# **Any equinox module.** Every question about tangent spaces can be asked; the sample
# size is an upper bound, since nothing is known about merging its neurons.

# %%
mlp = eqx.nn.MLP(3, "scalar", 4, 2, activation=jnp.tanh, key=jax.random.key(0))
size = sf.optimistic_sample_size(mlp)
print(size.headline(), sf.guarantee(mlp, x).headline(), sep="\n")
assert (size.value, size.status) == (41, "upper bound")
assert sf.guarantee(mlp, x).holds
assert not sf.guarantee(mlp, x[:40]).holds

# %% [markdown]
# The same function as a `DeepNetwork` has symmetries that are known: now fewer samples
# are ruled out, for almost every such target.

# %%
weights, biases = zip(*((p.weight, p.bias) for p in mlp.layers), strict=True)
known = sf.DeepNetwork((*weights[:-1], weights[-1][0]), (*biases[:-1], biases[-1][0]))
assert np.allclose(jax.vmap(known)(x), jax.vmap(mlp)(x))
print(sf.optimistic_sample_size(known).headline())
assert sf.optimistic_sample_size(known).status == "exact for almost every target"

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
