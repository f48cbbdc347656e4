"""A model and a target of a user's own, as a study names them."""

import equinox as eqx
import jax.numpy as jnp

from suffice.models import RealSpace


class Factored(eqx.Module):
    """`t_0 + t_1 x_1 + t_2 t_3 x_2`, the toy model of arXiv:2307.08921."""

    theta: jnp.ndarray

    @property
    def domain(self):
        return RealSpace(2)

    def __call__(self, x):
        t = self.theta
        return t[0] + t[1] * x[0] + t[2] * t[3] * x[1]


def factored():
    return Factored(jnp.ones(4))


def one_plus_x1(x):
    return 1.0 + x[0]


def x2(x):
    return x[1]


not_a_function = 3
