# %% [markdown]
# # A law that is a differential equation: one compartment
#
# A dose is swallowed, absorbed at the rate `ka` and eliminated at the rate `ke` from a
# volume `v`. The law solves the equations by diffrax (`pip install "suffice[ode]"`).

# %%
import diffrax
import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

import suffice as sf
from suffice.auditing import Region

jax.config.update("jax_enable_x64", True)


def concentration(t, f=1.0, v=20.0, ka=1.7, ke=0.2, dose=100.0):
    def rate(_, amount, __):
        gut, blood = amount
        return t * jnp.stack([-ka * gut, ka * gut - ke * blood])

    found = diffrax.diffeqsolve(
        diffrax.ODETerm(rate),
        diffrax.Tsit5(),
        t0=0.0,
        t1=1.0,  # of the time t
        dt0=1 / 64,
        y0=jnp.stack([f * dose, jnp.zeros(())]),
        max_steps=64,
        adjoint=diffrax.ForwardMode(),  # for few parameters
    )
    return found.ys[0, 1] / v


# %% [markdown]
# Without a dose into the vein the share that is absorbed and the volume cannot be told
# apart, however often one measures.

# %%
law = sf.law(concentration, inputs=["t"], fixed=["dose"])
found = sf.identify(law, region=Region(range={"t": (0.25, 24.0)}))
print(found.headline())
assert found.determined == ("ka", "ke")
assert [str(c) for c in found.combinations] == ["f/v"]

# %% [markdown]
# With `f = 1` a table of eight samples determines the rest, twice: fast absorption and
# slow elimination look like their exchange (flip-flop).

# %%
law = sf.law(concentration, inputs=["t"], fixed=["dose", "f"])
t = np.array([0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 12.0, 24.0])
exact = jax.vmap(law)(t[:, None])
noisy = exact * (1 + 0.02 * np.random.default_rng(0).standard_normal(len(t)))
table = pd.DataFrame({"t": t, "c": noisy})
fit = sf.laws.fit_law(law, table, "c", starts=2)
print(fit.headline())
v, ka, ke = (estimate.value for estimate in fit.estimates)
assert np.allclose(list(fit.others[0].values()), [v * ke / ka, ke, ka], rtol=1e-3)

# %% [markdown]
# Where three samples would have been best:

# %%
best = sf.design(law, region=Region(range={"t": (0.1, 24.0)}))
print(best.headline())
assert np.allclose(best.x.ravel(), [0.513, 2.152, 7.56], atol=0.05)
