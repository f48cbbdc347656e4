# %% [markdown]
# # A rate law, from its first table to its next measurements
#
# The rates of an enzyme treated with puromycin (Bates and Watts 1988). What do these
# rows say of the two parameters, where should the next six lie, and how many rows until
# km is known to 5 %?

# %%
import jax
import numpy as np
import pandas as pd

import suffice as sf
from suffice.auditing import Region

jax.config.update("jax_enable_x64", True)


def michaelis(conc, vmax=200.0, km=0.1):
    return vmax * conc / (km + conc)


table = pd.DataFrame(
    {
        "conc": [0.02, 0.02, 0.06, 0.06, 0.11, 0.11, 0.22, 0.22, 0.56, 0.56, 1.1, 1.1],
        "rate": [76, 47, 97, 107, 123, 139, 159, 152, 191, 201, 207, 200],
    }
)
law = sf.law(michaelis, ["conc"])
fit = sf.laws.fit_law(law, table, "rate")
print(fit)
assert fit["km"].verdict == "determined"

# %% [markdown]
# The pipette gives multiples of 0.05, and the stock allows 1.5 at most. The rows are
# measured in two batches, of which the first one must serve by itself.

# %%
region = Region(range={"conc": (0.05, 1.5)}, step={"conc": 0.05})
best = sf.design(fit, size=6, batches=2, region=region)
print(best)
assert np.allclose(best.x.ravel(), [0.05, 1.5])
assert [sum(batch) for batch in best.batches] == [3, 3]

# %% [markdown]
# A standard error of 5 % takes fewer rows if they are planned for km than if the table
# is measured again, and far fewer than at random inputs.

# %%
need = sf.laws.rows_needed(fit, "km", 0.05 * fit["km"].value, region=region)
print(need.headline())
assert need.planned < need.repeated < need.uniform

# %% [markdown]
# At 0.3 the interval of a new rate holds; at 5 the law is extrapolated, which is said.

# %%
found = fit.predict(np.array([[0.3], [5.0]]))
print(found.value.round(1), found.low.round(1), found.high.round(1), found.outside)
assert found.outside.tolist() == [False, True]
