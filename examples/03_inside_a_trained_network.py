# %% [markdown]
# # Inside a trained network
# Forty neurons learn a function that two would do for. How many did training use?

# %%
import jax
import jax.numpy as jnp
import numpy as np

import suffice as sf

jax.config.update("jax_enable_x64", True)
target = sf.TwoLayer(jnp.array([[1.5, -0.5], [-0.3, 1.2]]), jnp.array([1.0, -0.8]))
x = jax.random.normal(jax.random.key(0), (60, 2))
y = jax.vmap(target)(x)

# %% [markdown]
# **Training** by gradient descent from a small initialisation.

# %%
wide = sf.TwoLayer.normal(40, 2, scale=0.01, key=jax.random.key(1))


def loss(model):
    return jnp.mean((jax.vmap(model)(x) - y) ** 2)


@jax.jit
def train(model):
    def step(model, _):
        slope = jax.grad(loss)(model)
        return jax.tree.map(lambda p, s: p - 0.2 * s, model, slope), None

    return jax.lax.scan(step, model, None, 20_000)[0]


trained = train(wide)
print(f"loss {loss(wide):.1e} before, {loss(trained):.1e} after")
assert loss(trained) < 1e-5

# %% [markdown]
# **The rank says nothing here.** No two of the forty neurons are exactly equal, so the
# rank at this point is the number of parameters, and nothing can be merged.

# %%
rank, exact = sf.tangent_rank(trained), sf.reduce(trained)
print(rank.headline(), exact.headline(), sep="\n")
assert rank.value == 120
assert not exact.changed

# %% [markdown]
# **The effective width** is a question that has an answer: how many neurons reproduce
# this function on these inputs, to one percent? Two, as in the target.

# %%
found = sf.effective_reduction(trained, x, tolerance=0.01, key=jax.random.key(2))
print(found)
assert (found.width, found.reached) == (2, True)

# %% [markdown]
# **Its sample size.** Six well chosen samples determine it locally, although the
# network that was trained has 120 parameters.

# %%
size = sf.optimistic_sample_size(found.model, width=40)
print(size)
assert (size.value, size.parameters) == (6, 120)
plan = sf.plan(found.model, pool=np.asarray(x))
print(plan)
assert plan.needed == 6
