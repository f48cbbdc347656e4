# %% [markdown]
# # How many samples does a target need?
# A function made of three neurons, to be found again by a network of a hundred.

# %%
import jax

import suffice as sf

jax.config.update("jax_enable_x64", True)
target = sf.TwoLayer.normal(width=3, inputs=5, key=jax.random.key(0))

# %% [markdown]
# **The optimistic sample size.** Three neurons with five input weights and one output
# weight each: 18 samples can recover them, fewer cannot. That the network that is
# trained has a hundred neurons and 600 parameters costs nothing.

# %%
size = sf.optimistic_sample_size(target, width=100)
print(size)
assert (size.value, size.status, size.parameters) == (18, "exact", 600)
assert sf.optimistic_sample_size(target, width=3).value == size.value

# %% [markdown]
# **What it rests on.** The structure of the network settles the rank; the singular
# values beside it agree.

# %%
rank = sf.tangent_rank(target)
print(rank)
assert (rank.value, rank.status, rank.method) == (18, "exact", "structure")

# %% [markdown]
# **When float64 is not enough.** Thirty neurons of one input look alike on samples: the
# singular values fade below rounding, and a rank read from them is far too small. Ball
# arithmetic proves the true one: a minor of order 91 whose ball excludes zero.

# %%
crowded = sf.DeepNetwork.normal((1, 30, 1), key=jax.random.key(1))
seen = sf.sketched_rank(crowded, crowded.domain.sample(jax.random.key(2), 400))
proved = sf.certified_rank(crowded)
print(seen.headline(), proved.headline(), sep="\n")
assert (seen.status, seen.value) == ("at least", None)
assert (proved.value, proved.status, proved.lower) == (91, "exact", 91)

# %% [markdown]
# **All targets of a model at once.** Every attainable size with the targets that attain
# it. A constant next to the neurons has its own row: it takes a neuron without inputs.

# %%
table = sf.stratification(sf.TwoLayer.normal(2, 3, key=jax.random.key(3), bias=True))
print(table)
assert table.sizes == (0, 4, 5, 9, 10)
