# %% [markdown]
# # Do my samples suffice, and which ones do I take next?
# Two neurons with biases in two dimensions: eight directions in which the function can
# move, so eight samples at least.

# %%
import jax
import jax.numpy as jnp
import numpy as np

import suffice as sf
from suffice.training import stack

jax.config.update("jax_enable_x64", True)
target = sf.TwoLayer.normal(2, 2, key=jax.random.key(4), bias=True)
rng = np.random.default_rng(0)

# %% [markdown]
# **Samples on a line.** Twenty measurements along one diagonal, and still two
# directions are not seen: whatever happens across the line is invisible.

# %%
line = rng.normal(size=(20, 1)) * np.ones(2)
verdict = sf.guarantee(target, line)
print(verdict)
assert (verdict.holds, verdict.rank_s, verdict.rank) == (False, 6, 8)

# %% [markdown]
# `missed` names these directions, as combinations of the parameters: moving along one
# changes the function, but not on the samples.

# %%
elsewhere = rng.normal(size=(50, 2))
assert np.abs(sf.jacobian(target, line) @ verdict.missed.T).max() < 1e-9
assert np.abs(sf.jacobian(target, elsewhere) @ verdict.missed.T).max() > 0.1

# %% [markdown]
# **What to measure next.** Two well chosen samples are enough; more lower kappa, the
# factor by which errors are amplified.

# %%
pool = rng.uniform(-3, 3, size=(400, 2))
more = sf.plan(target, pool=pool, size=12, taken=line)
print(more, more.kappa.round(1), sep="\n")
assert more.needed == 2
assert more.kappa[11] < more.kappa[1] < np.inf
assert sf.guarantee(target, np.concatenate([line, pool[more.order[:2]]])).holds

# %% [markdown]
# **The guarantee at work.** Networks start near the target and are fitted to its values
# on planned samples: with eight all return to it, with seven none does.

# %%
order = sf.plan(target, pool=pool).order
near = stack([jax.tree.map(lambda p: p + 0.05 * rng.normal(size=p.shape), target)
              for _ in range(10)])  # fmt: skip
for n in (7, 8):
    x = jnp.asarray(pool[order[:n]])
    found = sf.fit(near, x, jax.vmap(target)(x), tolerance=1e-12)
    outputs = jax.vmap(lambda m: jax.vmap(m)(pool))(found.models)
    error = np.sqrt(np.mean((outputs - jax.vmap(target)(pool)[None]) ** 2, axis=1))
    print(f"{n} samples: errors from {error.min():.0e} to {error.max():.0e}")
    assert error.max() < 1e-6 if n == 8 else error.min() > 1e-4
