# %% [markdown]
# # From how many samples, and from which start?
# A network of two neurons learns `tanh(x + 1)` from random samples. Theory singles out
# 3 samples (optimistic), 4 and 5 (separation) and 6 (parameters). Training decides.

# %%
import tempfile
from pathlib import Path

import jax

from suffice.architectures import TwoLayerSpec
from suffice.recovery import (
    empirical_threshold,
    NamedFunction,
    Normal,
    Random,
    Study,
    summary,
    theory_lines,
)
from suffice.report import phase_diagram, save_figure, sweep_page, write_page
from suffice.sweeps import open_store, sweep

jax.config.update("jax_enable_x64", True)
study = Study(
    model=TwoLayerSpec(width=2, inputs=1, bias=True),
    target=NamedFunction("tanh(x+1)"),
    samples=Random(size=4),
    initialisation=Normal(scale=0.1),
    grid={"samples.size": (2, 3, 4, 6), "initialisation.scale": (1e-3, 0.5)},
    seeds=24,
)
lines = theory_lines(study)
print(lines)
names = ("optimistic", "extra neurons silent", "extra neurons merged", "parameters")
assert [lines[name] for name in names] == [3, 4, 5, 6]

# %% [markdown]
# **Run it.** A store can be stopped, resumed, grown and read at any time.

# %%
folder = Path(tempfile.mkdtemp())
sweep(study, folder / "store")
found = summary(open_store(folder / "store"))
print(found["fraction"].to_pandas().round(2))
print(found["mean_error"].to_pandas().map("{:.1e}".format))

# %% [markdown]
# Below four samples a random start never recovers the target; from six on nearly every
# one does. At the separation size moderate starts recover it exactly more often than
# small ones, although their mean error is larger.

# %%
fraction = found["fraction"]
assert (fraction.sel(size=[2, 3]) == 0).all()
assert (fraction.sel(size=6) > 0.7).all()
assert fraction.sel(size=4, scale=0.5) > fraction.sel(size=4, scale=1e-3)

# %% [markdown]
# **Draw it**: a figure for a paper and a page for a browser.

# %%
results = open_store(folder / "store")
figure = save_figure(phase_diagram(results), folder / "phase.svg")
page = write_page(sweep_page(results), folder / "phase.html")
print(figure, page)

# %% [markdown]
# **One number.** Where half of the runs recover, from a few dozen runs.

# %%
half = empirical_threshold(study, sizes=(3, 6), batch=24)
print(half)
assert half.value == 5
assert half.runs < 150
