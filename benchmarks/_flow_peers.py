"""Other ways to the limit: loops and ensembles of gradient descent, stiff solvers."""

import dataclasses

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import torch
from _measure import cpu

from suffice._core import ravel
from suffice.training import member


def torch_loop(problem, iterations):
    """CPU seconds per iteration of one network: nn.Module and SGD, as tutorials do."""
    _, x, y = problem.data()
    x, y = torch.tensor(x[0]), torch.tensor(y[0])
    net = torch.nn.Sequential(
        torch.nn.Linear(problem.inputs, problem.width),
        torch.nn.Tanh(),
        torch.nn.Linear(problem.width, 1, bias=False),
    ).double()
    optimiser = torch.optim.SGD(net.parameters(), lr=1e-3)

    def run():
        for _ in range(iterations):
            optimiser.zero_grad()
            loss = 0.5 * torch.sum((net(x)[:, 0] - y) ** 2)
            loss.backward()
            optimiser.step()

    run()
    return cpu(run)[0] / iterations


def torch_ensemble(problem, iterations):
    """CPU seconds per iteration and member: torch.func.vmap of grad, many at once."""
    many = dataclasses.replace(problem, runs=512 if problem.width < 100 else 64)
    start, x, y = many.data()
    x, y = torch.tensor(x), torch.tensor(y)
    params = tuple(torch.tensor(np.array(p)) for p in (start.w, start.a, start.b))

    def loss(params, x, y):
        w, a, b = params
        return 0.5 * torch.sum((torch.tanh(x @ w.T + b) @ a - y) ** 2)

    gradients = torch.func.vmap(torch.func.grad(loss))

    def run():
        now = params
        for _ in range(iterations):
            slopes = gradients(now, x, y)
            now = tuple(p - 1e-3 * g for p, g in zip(now, slopes, strict=True))

    run()
    return cpu(run)[0] / iterations / many.runs


@eqx.filter_jit
def descend(start, x, y, rate, iterations):
    """Gradient descent of all members; also the first iteration below loss 1e-20."""

    def loss(model, x, y):
        return 0.5 * jnp.sum((jax.vmap(model)(x) - y) ** 2)

    slope = jax.vmap(jax.value_and_grad(loss))

    def body(i, carry):
        models, when = carry
        value, gradient = slope(models, x, y)
        models = jax.tree.map(
            lambda p, g: p - rate.reshape(-1, *(1,) * (g.ndim - 1)) * g,
            models,
            gradient,
        )
        return models, jnp.where((value < 1e-20) & (when < 0), i, when)

    never = jnp.full(len(y), -1)
    return jax.lax.fori_loop(0, iterations, body, (start, never))


def jax_descent(problem, rate):
    """Final models, iterations needed (-1: more than the budget), CPU per iteration."""
    start, x, y = problem.few_data()
    rate = jnp.broadcast_to(jnp.asarray(rate), (problem.few,))
    jax.block_until_ready(descend(start, x, y, rate, 2))

    def run():
        return jax.block_until_ready(descend(start, x, y, rate, problem.budget))

    spent, (models, when) = cpu(run)
    return models, np.asarray(when), spent / problem.budget / problem.few


def solve(model, x, y, solver, rtol, atol, stop):
    """One member's gradient flow by a diffrax solver until the loss is below `stop`."""
    theta, at = ravel(model)

    def loss(v):
        return 0.5 * jnp.sum((jax.vmap(at(v))(x) - y) ** 2)

    found = diffrax.diffeqsolve(
        diffrax.ODETerm(lambda t, v, _: -jax.grad(loss)(v)),
        solver,
        *(0.0, 1e12, 1e-4, theta),
        stepsize_controller=diffrax.PIDController(rtol, atol),
        max_steps=200_000,
        event=diffrax.Event(lambda t, v, _, **kw: loss(v) < stop),
        adjoint=diffrax.ForwardMode(),
        throw=False,
    )
    return at(found.ys[-1]), loss(found.ys[-1])


def stiff_solver(problem, rows, solver, rtol, atol, stop=1e-20):
    """Models, losses and CPU seconds per member of the chosen members, vmapped."""
    start, x, y = problem.data()
    some = jax.tree.map(lambda leaf: leaf[rows], start)

    @jax.jit
    def run(models, x, y):
        return jax.vmap(lambda m, x, y: solve(m, x, y, solver, rtol, atol, stop))(
            models, x, y
        )

    def call():
        return jax.block_until_ready(run(some, x[rows], y[rows]))

    call()
    spent, (models, loss) = cpu(call)
    return models, np.asarray(loss), spent / len(rows)


def reference(problem, index, stop=1e-18):
    """The limit of one member by a tight solver: implicit, or explicit where wide."""
    start, x, y = problem.data()
    small = problem.parameters <= 200
    solver = diffrax.Kvaerno5() if small else diffrax.Dopri8()
    model, loss = jax.jit(lambda m, x, y: solve(m, x, y, solver, 1e-9, 1e-12, stop))(
        member(start, index), x[index], y[index]
    )
    return model, float(loss)
