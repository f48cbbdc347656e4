# %% [markdown]
# # Which entries of a matrix does it take?
# An eight by six matrix of rank two has 48 entries and 24 degrees of freedom.

# %%
import jax
import jax.numpy as jnp
import numpy as np

import suffice as sf

jax.config.update("jax_enable_x64", True)
rng = np.random.default_rng(0)
matrix = rng.normal(size=(8, 2)) @ rng.normal(size=(2, 6))

# %% [markdown]
# **How many.** `r (p + q - r)` entries, however wide or deep the factorisation is.

# %%
size = sf.optimistic_sample_size(matrix)
print(size)
assert (size.value, size.status) == (24, "exact")
u, sigma, v = np.linalg.svd(matrix)
factors = jnp.asarray(u[:, :2] * sigma[:2]), jnp.asarray(v[:2])
target = sf.MatrixProduct(factors)
entries = target.domain.x
assert len(entries) == 48

# %% [markdown]
# **Which.** On a finite domain there is no "almost every sample": most random choices
# of 24 entries leave a row or a column with too few of them.

# %%
random = [entries[rng.permutation(48)[:24]] for _ in range(40)]
lucky = sum(bool(sf.guarantee(target, x).holds) for x in random)
print(f"{lucky} of 40 random choices of 24 entries determine the matrix")
assert lucky < 20

# %% [markdown]
# A plan finds 24 that do, and goes on from entries that are known already.

# %%
chosen = sf.plan(target, pool=entries)
print(chosen)
assert chosen.needed == 24
known = entries[entries[:, 0] < 3]
rest = entries[entries[:, 0] >= 3]
more = sf.plan(target, pool=rest, taken=known)
print(f"three known rows, 18 entries of which 14 count: {more.needed} more")
assert more.needed == 24 - 14

# %% [markdown]
# **The matrix from its entries.** Forty factorisations are fitted to planned entries.
# With 23 most fit them, each with another matrix; with 24 every one that fits them is
# the matrix.

# %%
starts = sf.ensemble(target, 40, key=jax.random.key(0))
for n in (23, 24):
    seen = entries[sf.plan(target, pool=entries, size=n).order]
    found = sf.fit(starts, seen, matrix[tuple(seen.T)], max_steps=1000, tolerance=1e-12)
    fits = [i for i in range(40) if found.loss[i] < 1e-20]
    products = [found.member(i).product() for i in fits]
    errors = np.array([np.abs(product - matrix).max() for product in products])
    print(f"{n} entries: {len(errors)} fit, {(errors < 1e-6).sum()} are the matrix")
    assert len(errors) > 20
    assert errors.max() < 1e-9 if n == 24 else errors.min() > 1e-3
