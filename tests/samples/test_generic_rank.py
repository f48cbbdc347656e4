"""`M_I` stands beside the optimistic sample size."""

import jax
import pytest

from suffice.models import Attention, Convolution, DeepNetwork, TwoLayer
from suffice.samples import optimistic_sample_size

KEY = jax.random.key(0)


@pytest.mark.parametrize(
    ("target", "generic"),
    [
        (TwoLayer.normal(4, 3, key=KEY, activation="relu"), 4 * 3),
        (TwoLayer.normal(9, 2, key=KEY, activation="cube"), 4),
        (DeepNetwork.normal((2, 3, 2, 1), 1.0, key=KEY), 20),
        (Convolution.normal(2, 5, 3, key=KEY), 12),
        (Attention.normal(4, 3, key=KEY, heads=1, key_dim=2, value_dim=2), 24),
    ],
    ids=lambda value: type(value).__name__,
)
def test_rank_at_random_parameters(target, generic):
    assert optimistic_sample_size(target).generic_rank == generic


def test_it_belongs_to_the_model_and_not_to_the_target():
    target = Convolution.normal(1, 5, 3, key=KEY)
    model = Convolution.normal(2, 5, 3, key=KEY, shared=False)
    size = optimistic_sample_size(target, model=model)
    assert (size.value, size.generic_rank, size.parameters) == (12, 24, 24)


def test_large_models_are_not_measured():
    target = TwoLayer.normal(1, 3, key=KEY, activation="cube")
    assert optimistic_sample_size(target, width=126).generic_rank is None
