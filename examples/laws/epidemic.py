# %% [markdown]
# # What the cases of an epidemic determine
#
# Susceptible people become infected at the rate `beta`, infected ones recover at the
# rate `gamma`, and a share `rho` of the infected is counted. Nobody knows how many were
# susceptible. The law solves the equations by diffrax (`pip install "suffice[ode]"`).

# %%
import diffrax
import jax
import jax.numpy as jnp

import suffice as sf
from suffice.auditing import Region

jax.config.update("jax_enable_x64", True)


def counted(t, beta=0.6, gamma=0.3, s0=1.0, i0=0.05, rho=0.4):
    def rate(_, people, __):
        susceptible, infected = people
        new = beta * susceptible * infected
        return t * jnp.stack([-new, new - gamma * infected])

    found = diffrax.diffeqsolve(
        diffrax.ODETerm(rate),
        diffrax.Tsit5(),
        t0=0.0,
        t1=1.0,  # of the time t
        dt0=1 / 32,
        y0=jnp.stack([s0, i0]),
        max_steps=32,
        adjoint=diffrax.ForwardMode(),  # for few parameters
    )
    return rho * found.ys[0, 1]


# %% [markdown]
# Counts alone leave one direction open: a larger population of which fewer are counted
# looks the same.

# %%
found = sf.identify(counted, region=Region(range={"t": (0.5, 20.0)}))
print(found.headline())
assert found.determined == ("gamma",)
assert [str(c) for c in found.combinations] == ["beta/rho", "s0*rho", "i0*rho"]

# %% [markdown]
# A survey that tells the share that is counted closes it.

# %%
surveyed = sf.law(counted, fixed=["rho"])
assert sf.identify(surveyed, region=Region(range={"t": (0.5, 20.0)})).whole
