"""Published tables, and laws for them."""

import jax.numpy as jnp
import pandas as pd

CONC = [0.02, 0.02, 0.06, 0.06, 0.11, 0.11, 0.22, 0.22, 0.56, 0.56, 1.1, 1.1]
TREATED = [76, 47, 97, 107, 123, 139, 159, 152, 191, 201, 207, 200]
UNTREATED = [67, 51, 84, 86, 98, 115, 131, 124, 144, 158, 160]

# Bates and Watts 1988, tables A1.3 (Puromycin) and A1.4 (biochemical oxygen demand).
treated = pd.DataFrame({"conc": CONC, "rate": TREATED})
untreated = pd.DataFrame({"conc": CONC[:11], "rate": UNTREATED})
demand = pd.DataFrame(
    {"time": [1, 2, 3, 4, 5, 7], "demand": [8.3, 10.3, 19.0, 16.0, 15.6, 19.8]}
)


def michaelis(conc, vmax=200.0, km=0.1):
    return vmax * conc / (km + conc)


def saturation(time, a=20.0, k=0.3):
    return a * (1 - jnp.exp(-k * time))
