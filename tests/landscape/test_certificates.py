"""Certificates: known cases, proofs in balls, and what they promise."""

import jax.numpy as jnp
import numpy as np
import pytest

from suffice.landscape import condensed_certificate, sign_certificate
from suffice.landscape._branches._narrow import derivatives, narrow
from suffice.landscape._separation._balls import balls, enclose, is_positive_definite
from suffice.models import activation, ACTIVATIONS, TwoLayer

NAMES = ["tanh", "sigmoid", "softplus", "gelu"]


def target(name, k, dim, seed, *, bias=False, positive=False):
    rng = np.random.default_rng(seed)
    signs = 1 if positive else rng.choice([-1, 1], k)
    return TwoLayer(
        w=jnp.asarray(rng.standard_normal((k, dim))),
        a=jnp.asarray(rng.uniform(0.5, 1.5, k) * signs),
        b=jnp.asarray(rng.standard_normal(k)) if bias else None,
        activation=name,
    )


def inputs(n, dim, seed):
    return 1.5 * np.random.default_rng([7, seed]).standard_normal((n, dim))


def checked(model, x, found):
    """The claim itself, in float64: orthogonal to the tangent, definite forms."""
    net = narrow(model, x)
    lam = found.multipliers / np.abs(found.multipliers).max()
    jac = net.jacobian()
    assert np.abs(jac.T @ lam).max() < 1e-7 * np.abs(jac).max()
    bend = derivatives(net.activation, net.preactivations)[2]
    for t in found.merged:
        form = np.einsum(
            "n,nd,ne->de", lam * np.sign(net.a[t]) * bend[:, t], net.x, net.x
        )
        assert np.linalg.eigvalsh(form).min() == pytest.approx(found.margin, rel=1.0)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bias", [False, True])
def test_enough_samples_have_a_certificate_proved_in_balls(name, bias):
    model = target(name, 1, 1 if bias else 2, 3, bias=bias)
    x = inputs(10, model.inputs, 1)
    found = condensed_certificate(model, x)
    assert found.holds
    assert found.status == "proved"
    assert found.sure == 6
    checked(model, x, found)


@pytest.mark.parametrize("name", NAMES)
def test_no_certificate_up_to_the_optimistic_size(name):
    for n in (1, 2, 3):
        found = condensed_certificate(target(name, 1, 2, n), inputs(n, 2, n))
        assert not found.holds
        assert found.status == "not found"
        assert "more samples" in found.note


@pytest.mark.parametrize("name", NAMES)
def test_one_input_needs_one_sample_more(name):
    """k = 1, D = 1: a certificate is one nonzero number, so nearly always there."""
    holds = [
        condensed_certificate(target(name, 1, 1, s), inputs(3, 1, s)).holds
        for s in range(8)
    ]
    assert sum(holds) >= 7


def test_the_share_with_a_certificate_grows_from_one_over_the_optimistic_size():
    """tanh, two inputs: about .25, .57, 1 at 4, 5, 6 samples."""
    runs = 16
    share = [
        sum(
            condensed_certificate(target("tanh", 1, 2, s), inputs(n, 2, s)).holds
            for s in range(runs)
        )
        for n in (4, 5, 6)
    ]
    assert share[0] < runs / 2
    assert share[0] <= share[1] <= share[2]
    assert share[2] >= runs - 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("k", "dim", "bias", "expected"),
    [
        (1, 1, False, [0.98, 0.99, 1.0]),
        (1, 2, False, [0.25, 0.57, 1.0]),
        (1, 3, False, [0.02, 0.18, 0.39, 0.72, 0.92, 1.0]),
        (1, 1, True, [0.0, 0.19, 0.90, 0.90, 0.96]),
        (2, 1, False, [0.42, 0.90, 0.92]),
    ],
)
def test_shares_with_a_certificate(k, dim, bias, expected):
    """Tabulated shares, within five standard errors; the last may only be larger."""
    runs = 60
    first = k * (dim + bias + 1) + 1
    for n, share in enumerate(expected, first):
        found = np.mean(
            [
                condensed_certificate(
                    target("tanh", k, dim, s, bias=bias), inputs(n, dim, s)
                ).holds
                for s in range(runs)
            ]
        )
        error = 5 * np.sqrt(max(share * (1 - share), 0.02) / runs)
        assert found >= share - error, (n, found)
        assert found <= share + error or share >= 0.9, (n, found)


def test_fewer_merged_neurons_need_less():
    model, x = target("tanh", 2, 2, 0), inputs(9, 2, 4)
    one = condensed_certificate(model, x, merged=(0,))
    both = condensed_certificate(model, x)
    assert (one.sure, both.sure) == (9, 12)
    assert one.holds
    assert one.margin > both.margin


def test_a_wide_network_is_reduced_first():
    narrow_net, x = target("tanh", 1, 2, 0), inputs(8, 2, 0)
    wide = TwoLayer(
        jnp.tile(narrow_net.w, (3, 1)), narrow_net.a * jnp.array([0.2, 0.3, 0.5])
    )
    a, b = condensed_certificate(narrow_net, x), condensed_certificate(wide, x)
    assert a.margin == pytest.approx(b.margin, rel=1e-3)


@pytest.mark.parametrize(
    "name", [name for name, known in ACTIVATIONS.items() if known.balls is not None]
)
def test_balls_hold_the_derivatives(name):
    z = np.linspace(-3, 3, 7)
    plain = derivatives(activation(name), z)
    with balls():
        for i, point in enumerate(z):
            for ball, number in zip(
                enclose(activation(name), point_ball(point)), plain, strict=True
            ):
                assert float(ball.rad()) < 1e-60
                assert float(ball.mid()) == pytest.approx(number[i], abs=1e-13)


def point_ball(number):
    import flint

    return flint.arb(float(number))


def test_definiteness_is_proved_or_not_claimed():
    import flint

    with balls():
        eye = flint.arb_mat([[2, 1], [1, 2]])
        assert is_positive_definite(eye)
        assert not is_positive_definite(flint.arb_mat([[1, 2], [2, 1]]))
        wide = flint.arb(2, 3)
        assert not is_positive_definite(flint.arb_mat([[wide, 0], [0, 1]]))


@pytest.mark.parametrize("name", ["gaussian", "sigmoid", "softplus"])
def test_a_sign_certificate_is_nonpositive_everywhere(name):
    for seed in range(3):
        model = target(name, 1, 1, seed, positive=True)
        x = inputs(6, 1, seed)
        found = sign_certificate(model, x)
        if not found.holds:
            continue
        grid = np.linspace(-found.box, found.box, 5001)[:, None]
        eta = derivatives(model.activation, x @ grid.T)[0].T @ found.multipliers
        assert eta.max() < 1e-8
        near = np.abs(grid[np.argmax(eta), 0]) - abs(float(model.w[0, 0]))
        assert abs(near) < 0.01
        return
    raise AssertionError("no certificate in three draws")


def test_sign_certificates_exist_with_three_samples():
    status = [
        sign_certificate(target("gaussian", 1, 1, s, positive=True), inputs(3, 1, s))
        for s in range(6)
    ]
    assert sum(found.status == "proved" for found in status) >= 3


def test_silent_gelu_neurons_are_no_obstacle():
    """`s(0) = 0`: the multipliers leave a neuron without weights at zero."""
    found = [
        sign_certificate(target("gelu", 1, 1, s, positive=True), inputs(8, 1, s))
        for s in range(3)
    ]
    assert any(one.holds for one in found)


def test_too_few_samples_have_no_sign_certificate():
    found = sign_certificate(target("sigmoid", 1, 2, 0, positive=True), inputs(3, 2, 0))
    assert not found.holds
    assert "No sign certificate" in found.headline()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: sign_certificate(target("tanh", 1, 1, 0), inputs(5, 1, 0)),
            "tanh is odd",
        ),
        (
            lambda: sign_certificate(target("sigmoid", 1, 4, 0), inputs(5, 4, 0)),
            "at most 3 weights",
        ),
        (
            lambda: condensed_certificate(target("tanh", 1, 2, 0), inputs(5, 1, 0)),
            r"x has shape \(5, 1\); expected \(n, 2\)",
        ),
        (
            lambda: condensed_certificate(
                target("tanh", 1, 2, 0), np.full((5, 2), np.nan)
            ),
            "10 entries that are not finite",
        ),
        (
            lambda: condensed_certificate(
                target("tanh", 1, 2, 0), inputs(5, 2, 0), merged=(1,)
            ),
            "numbers of target neurons, 0 to 0",
        ),
        (
            lambda: condensed_certificate(
                TwoLayer(jnp.ones((1, 2)), jnp.zeros(1)), inputs(5, 2, 0)
            ),
            "intrinsic width is 0",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bad_questions_about_certificates(call, message):
    with pytest.raises(ValueError, match=message):
        call()
