"""The precision of a torch module is that of its coarsest step."""

import numpy as np
import pytest

from suffice.tangent import from_torch
from suffice.tangent._precision._tangent_matrix import traits_of

torch = pytest.importorskip("torch")
INPUTS = np.random.default_rng(0).standard_normal((16, 3))
TYPES = [("float64", 53), ("float32", 24), ("float16", 11), ("bfloat16", 8)]


class Through(torch.nn.Module):
    """A network whose hidden values pass through another type."""

    def __init__(self, dtype):
        super().__init__()
        self.first, self.last = torch.nn.Linear(3, 4), torch.nn.Linear(4, 1)
        self.dtype = dtype

    def forward(self, x):
        hidden = torch.tanh(self.first(x))
        return self.last(hidden.to(self.dtype).to(hidden.dtype))


@pytest.mark.parametrize(("dtype", "bits"), TYPES)
def test_a_step_in_another_type_is_seen_in_every_network(dtype, bits):
    for seed in range(20):
        torch.manual_seed(seed)
        model = from_torch(Through(getattr(torch, dtype)).double())
        for count in (2, 16):
            assert traits_of(model, INPUTS[:count]).unit == 2.0**-bits


def test_weights_in_single_precision_are_evaluated_in_double():
    torch.manual_seed(0)
    module = torch.nn.Sequential(
        torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1)
    )
    assert traits_of(from_torch(module), INPUTS).unit == 2.0**-53
