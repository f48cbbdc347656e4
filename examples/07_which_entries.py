# %% [markdown]
# # Which missing entries follow from the others?
# Twelve people rated eight films; the true table has rank two. Someone asks for the
# missing ratings. Some follow from the others, some do not, and the values do not tell
# which: the places do.

# %%
import jax
import numpy as np

import suffice.completion as sc

jax.config.update("jax_enable_x64", True)
rng = np.random.default_rng(0)
truth = rng.uniform(1, 2, (12, 2)) @ rng.uniform(0, 2, (2, 8))
seen = rng.random(truth.shape) < 0.7
seen[10:] = False  # two newcomers
seen[10, 0] = seen[11, [2, 5]] = True

# %% [markdown]
# **Before any value is looked at.** At rank 2 a person needs two ratings that are
# compared with known films: one newcomer has one, the other has two.

# %%
report = sc.mask_report(seen, ranks=(1, 2, 3))
print(report)
at_two = report.at(2)
assert at_two.status == "undetermined"
assert at_two.deficit == 1
status = at_two.entries()
assert (status[10] == sc.EntryStatus.undetermined).sum() == 7
assert (status[11] == sc.EntryStatus.unique).sum() == 6

# %% [markdown]
# **Completing** fills what is determined, exactly, and leaves the newcomer open.

# %%
found = sc.complete(np.where(seen, truth, np.nan), rank=2)
print(found)
assert np.isnan(found.values[10]).sum() == 7
error = np.abs(found.values - truth)
assert np.nanmax(error) < 1e-9

# %% [markdown]
# **Asking one more question** settles it, and `next_entries` says which one.

# %%
pick = sc.next_entries(seen, 2, count=1)
print(pick)
assert pick.rows[0] == 10
asked = seen.copy()
asked[pick.rows, pick.columns] = True
assert sc.mask_report(asked, 2).at(2).status == "unique"

# %% [markdown]
# **Determined is not accurate.** Noise is amplified where an entry hangs on few others,
# and the stability map says where before any error is seen.

# %%
full = sc.complete(np.where(asked, truth, np.nan), rank=2)
predicted = full.stability().amplification[~asked]
errors = []
for _ in range(25):
    noisy = truth + 0.01 * rng.normal(size=truth.shape)
    again = sc.complete(np.where(asked, noisy, np.nan), rank=2, ridge=0.0)
    errors.append((again.values - truth)[~asked] / 0.01)
measured = np.sqrt(np.mean(np.square(errors), axis=0))
ratio = measured / predicted
print(f"measured / predicted: {ratio.min():.2f} to {ratio.max():.2f}")
assert np.all((ratio > 0.5) & (ratio < 1.6))
print(f"best and worst entry: {predicted.min():.2f}, {predicted.max():.2f} per unit")
assert predicted.max() > 3 * predicted.min()
