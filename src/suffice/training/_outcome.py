"""Why a run stopped, as a small integer that a batch can carry and a store can hold."""

import enum


class Outcome(enum.IntEnum):
    """Why a fit or a training run stopped. Codes are stored: append, never renumber.

    Attributes:
        out_of_steps: The limit on steps or on flow time came first; more may lower the
            loss.
        stationary: The gradient vanishes relative to the residual: a minimum (or, more
            rarely, a saddle) with a positive residual, as fits to noisy data have.
        fitted: The residual is zero: to rounding in `fit`, to the loss tolerance and
            with no movement of the function left to come in `train`.
        stalled: No step, however short, lowers the objective: rounding level reached
            before the gradient test was met.
        diverged: The start gives outputs that are not finite, or descent left the
            finite numbers.
        recovered: Fitted or not, the function is the target on the test inputs.
    """

    out_of_steps = 0
    stationary = 1
    fitted = 2
    stalled = 3
    diverged = 4
    recovered = 5
