"""What is no function of one input is refused, and nothing of the user changes."""

import numpy as np
import pytest

from suffice._core import evaluate
from suffice.tangent import from_torch, jacobian, sketched_rank

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional

X = np.random.default_rng(0).standard_normal((8, 3))


class Written(nn.Module):
    """A linear layer and a function of the module and the input."""

    def __init__(self, function, **held):
        super().__init__()
        self.linear, self.function = nn.Linear(3, 2), function
        for name, value in held.items():
            setattr(self, name, value)

    def forward(self, x):
        return self.function(self, x)


def lstm():
    layer = nn.LSTM(3, 2, num_layers=2, dropout=0.5, batch_first=True)
    return Written(lambda m, x: m.layer(x[:, None])[0][:, 0], layer=layer).train()


def counting(m, x):
    m.calls.add_(1)
    return m.linear(x) * m.calls


def clamping(m, x):
    m.linear.weight.data.clamp_(-0.1, 0.1)
    return m.linear(x)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Written(lambda m, x: F.dropout(m.linear(x), 0.5)), "random numbers"),
        (lambda: Written(lambda m, x: F.dropout(m.linear(x), 1e-6)), "random numbers"),
        (lambda: nn.Sequential(nn.Linear(3, 2), nn.Dropout()), "random numbers"),
        (lstm, "random numbers"),
        (
            lambda: nn.Sequential(
                nn.Linear(3, 2), nn.BatchNorm1d(2, track_running_stats=False)
            ).eval(),
            "fails on one input alone",
        ),
        (
            lambda: nn.Sequential(nn.Linear(3, 2), nn.Softmax(dim=0)),
            "rest of its batch",
        ),
        (lambda: Written(lambda m, x: m.linear(x - x.mean(0))), "rest of its batch"),
        (lambda: Written(lambda m, x: m.linear(x - 1e-3 * x[:1])), "rest of its batch"),
        (lambda: Written(counting, calls=torch.zeros(())), "two evaluations"),
        (lambda: nn.utils.spectral_norm(nn.Linear(3, 2)), "two evaluations"),
        (lambda: Written(clamping), "changes its parameter 'linear.weight'"),
        (lambda: Written(lambda m, x: m.linear(x) + 1j), "complex numbers"),
    ],
)
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_modules_that_are_no_function_of_one_input(build, message):
    torch.manual_seed(0)
    model = from_torch(build())
    for x in (X, np.ones((8, 3))):
        for use in (jacobian, evaluate, sketched_rank):
            with pytest.raises(ValueError, match=message):
                use(model, x)


def test_complex_parameters_are_refused():
    module = Written(lambda m, x: m.linear(x))
    module.phase = nn.Parameter(torch.ones(2, dtype=torch.complex128))
    with pytest.raises(ValueError, match="complex parameters, the first is 'phase'"):
        from_torch(module)


@pytest.mark.parametrize(
    ("build", "parameters"),
    [
        (lambda: nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)).eval(), 12),
        (lambda: nn.Sequential(nn.Linear(3, 2), nn.Dropout()).eval(), 8),
        (lambda: nn.Sequential(nn.Linear(3, 2), nn.Softmax(dim=1)), 8),
        (lambda: nn.Sequential(nn.ReLU(inplace=True), nn.Linear(3, 2)), 8),
        (lambda: Written(lambda m, x: m.linear(x.mul_(2))), 8),
        (lambda: nn.utils.parametrizations.spectral_norm(nn.Linear(3, 2)).eval(), 8),
        (lambda: nn.utils.spectral_norm(nn.Linear(3, 2)).eval(), 8),
        (lambda: nn.utils.parametrizations.weight_norm(nn.Linear(3, 2)), 10),
    ],
)
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore:There is a performance drop")
def test_nothing_of_the_user_changes(build, parameters):
    torch.manual_seed(0)
    module = build().double()
    module(torch.tensor(X))  # hooks leave results on the module
    state = {name: value.clone() for name, value in module.state_dict().items()}
    held = {id(value) for layer in module.modules() for value in vars(layer).values()}
    draws, x = torch.get_rng_state(), X.copy()
    model = from_torch(module)
    rows = jacobian(model, x)
    sketched_rank(model, x)
    assert rows.shape == (16, parameters)
    np.testing.assert_array_equal(x, X)
    np.testing.assert_allclose(
        evaluate(model, x), module(torch.tensor(X)).detach().numpy(), rtol=1e-12
    )
    assert torch.equal(draws, torch.get_rng_state())
    for name, value in module.state_dict().items():
        assert torch.equal(state[name], value)
    assert held >= {
        id(value)
        for layer in module.modules()
        for value in vars(layer).values()
        if isinstance(value, dict)
    }


def test_a_module_that_is_trained_on_is_seen_as_it_is():
    module = nn.Sequential(nn.Linear(3, 2), nn.Dropout()).double().eval()
    model = from_torch(module)
    before = evaluate(model, X)
    with torch.no_grad():
        module[0].weight.mul_(2)
    assert not np.allclose(evaluate(model, X), before)
    module.train()
    with pytest.raises(ValueError, match=r"call module\.eval\(\) first"):
        evaluate(model, X)
