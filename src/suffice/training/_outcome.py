"""Why a run stopped, as a small integer that a batch can carry and a store can hold."""

import enum


class Outcome(enum.IntEnum):
    """Why a least-squares fit stopped. Codes are stored: append, never renumber.

    Attributes:
        out_of_steps: The step limit came first; more steps may lower the loss.
        stationary: The gradient vanishes relative to the residual: a minimum (or, more
            rarely, a saddle) with a positive residual, as fits to noisy data have.
        fitted: The residual is zero to rounding.
        stalled: No step, however short, lowers the objective: rounding level reached
            before the gradient test was met.
        diverged: The start itself gives outputs that are not finite.
    """

    out_of_steps = 0
    stationary = 1
    fitted = 2
    stalled = 3
    diverged = 4
