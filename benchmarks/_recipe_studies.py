"""Small recipes under which transformers infer, memorise and match, as studies."""

from suffice.reasoning import (
    ChainStudy,
    ChainTask,
    Composition,
    CompositionStudy,
    Decoder,
    Recipe,
)

SEEDS = 5


def _composition(task, model, recipe, rates):
    grid = {"model.rate": rates}
    return CompositionStudy(task, model, recipe, grid, SEEDS, block=SEEDS)


def _chain(steps, model, recipe, grid):
    task = ChainTask(steps=steps, pairs=4, tokens=(20, 61))
    return ChainStudy(task, model, recipe, grid, SEEDS, block=SEEDS)


_narrow, _short = Decoder(2, 32, 128, key_dim=32), Decoder(2, 64, 256, key_dim=64)
_one, _two = Decoder(2, 64, 128, key_dim=64), Decoder(3, 64, 128, key_dim=64)

COMPOSITIONS = {
    "exception-5-tokens": _composition(
        Composition("exception", 5), _short, Recipe(1e-3, 1500), (0.5,)
    ),
    "exception": _composition(
        Composition("exception"), _narrow, Recipe(2e-3, 4000), (0.8,)
    ),
    "both-masked": _composition(
        Composition("both-masked"), _narrow, Recipe(2e-3, 3000), (0.3, 0.5, 0.8, 1.0)
    ),
    "doubling": _composition(
        Composition("doubling"), _narrow, Recipe(2e-3, 3000), (0.3, 0.8, 1.0)
    ),
}

CHAINS = {
    "one-step-500": _chain(1, _one, Recipe(1e-3, 500), {"model.rate": (0.3, 0.5, 0.8)}),
    "one-step-1500": _chain(1, _one, Recipe(1e-3, 1500), {"model.rate": (0.3,)}),
    "two-steps-1500": _chain(
        2,
        _two,
        Recipe(1e-3, 1500),
        {"model.norm": ("post", "pre"), "model.rate": (0.3, 0.5, 0.8)},
    ),
}
