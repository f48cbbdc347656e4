"""Cases of smooth networks: on all inputs, on samples, in low precision, in torch."""

import jax
import numpy as np

from suffice.models import Points, RealSpace
from suffice.samples import guarantee, optimistic_sample_size
from suffice.tangent import from_torch, structural_rank, tangent_rank

from . import atoms, balls, draws, models
from .judging import of_answer, of_rank, of_size

SHALLOW = ((1, 3, 1), (2, 4, 1), (3, 3, 2))
DEEP = ((1, 2, 2, 1), (2, 2, 2, 1), (2, 2, 2, 2, 1), (2, 3, 2, 2))
NARROW = ((2, 1, 1, 1), (2, 2, 1, 1), (2, 1, 1, 1, 1))
LOW = ("float32", "bfloat16")


def _choice(rng, options):
    return options[rng.integers(len(options))]


def _shallow(rng, names, largest=0, near=0.2):
    """A degenerate two-layer network: its arrays, its neurons, the model."""
    d, width, outputs = _choice(rng, SHALLOW)
    bias, constant = rng.integers(2, size=2).astype(bool)
    name = _choice(rng, names)
    hidden = draws.rows(rng, width, d + bias, share=0.7, near=near) * draws.scale(
        rng, largest
    )
    a = draws.rows(rng, width, outputs, share=0.3).T * draws.scale(rng, largest)
    b = hidden[:, d] if bias else None
    c = draws.numbers(rng, outputs) if constant else None
    arrays = hidden[:, :d], a, b, c
    return arrays, models.two_layer(*arrays, name), name


def _on(arrays, name, x):
    """The exact rank on samples of a two-layer network."""
    w, a, b, c = arrays
    if b is None and c is None:
        return balls.rank((w, a), None, name, x)
    filled = np.zeros(len(w)) if b is None else b, np.zeros(len(a)) if c is None else c
    return (
        balls.rank((w, a), filled, name, x) if b is not None and c is not None else None
    )


def shallow(rng):
    """Rank and size of two-layer networks, at every scale of the parameters."""
    arrays, model, name = _shallow(rng, atoms.KNOWN, largest=498)
    neurons = atoms.Neurons(*arrays, name)
    truth = atoms.tangent_rank(neurons)
    if truth is None:
        return []
    x = model.domain.sample(jax.random.key(0), 4 * neurons.inputs * len(neurons.rows))
    plain = models.matrix_rank(model, x)
    return [
        of_rank("tangent_rank", lambda: tangent_rank(model), truth, plain=plain),
        of_rank("structural_rank", lambda: structural_rank(model), truth),
        _size(model, neurons, truth),
    ]


def _size(model, neurons, known):
    rigid = neurons.activation in atoms.RIGID
    truth = {"least": atoms.rigid_size(neurons)} if rigid else {"known": known}
    return of_size("sample_size", lambda: optimistic_sample_size(model), **truth)


def on_samples(rng):
    """The rank on finitely many inputs, repeated and mirrored ones among them."""
    names = [*balls.SMOOTH]
    arrays, model, name = _shallow(rng, names)
    if (arrays[2] is None) != (arrays[3] is None):
        return []
    x = draws.inputs(rng, _choice(rng, (5, 20)), model.inputs)
    truth = _on(arrays, name, x)
    if truth is None:
        return []
    plain = models.matrix_rank(model, x)

    def ask():
        return tangent_rank(model, domain=Points(x))

    return [of_rank("tangent_rank", ask, truth, plain=plain)]


def guarantees(rng):
    """Whether samples determine a target of odd or even neurons."""
    arrays, model, name = _shallow(rng, atoms.RIGID)
    neurons = atoms.Neurons(*arrays, name)
    x = draws.inputs(rng, _choice(rng, (4, 12, 30)), model.inputs)
    _, _, b, c = arrays
    merged = _merged(neurons)
    if merged is None or (b is None) != (c is None):
        return []
    truth = _on(merged, name, x)
    if truth is None:
        return []
    holds = truth == atoms.rigid_size(neurons)
    return [of_answer("guarantee", lambda: guarantee(model, x).holds, holds)]


def _merged(neurons):
    """The irreducible form of a network of odd or even neurons, as arrays."""
    total = atoms.function(neurons)
    labels = list(dict.fromkeys(f for _, f in total))
    if not labels or not all(atoms.is_neuron(f) for f in labels if f[0] != "1"):
        return None
    kept = [f for f in labels if atoms.is_neuron(f)]
    if len(kept) < len(labels) and neurons.constant is None:
        return None
    outputs = range(neurons.outputs)
    a = [[float(total.get((o, f), 0)) for f in kept] for o in outputs]
    w = [[float(v) for v in f[0][1][0]] for f in kept]
    b = np.array([float(f[0][1][1]) for f in kept]) if neurons.bias else None
    c = None
    if neurons.constant is not None:
        c = np.array([float(total.get((o, ("1", None)), 0)) for o in outputs])
    return np.array(w).reshape(-1, neurons.inputs), np.array(a), b, c


def deep(rng):
    """Deep networks on all inputs; the truth is that on many random inputs."""
    name = _choice(rng, ("tanh", "sigmoid", "sigmoid", "softplus", "gelu"))
    if rng.random() < 0.5:
        widths = _choice(rng, NARROW)
        narrow = draws.layers(rng, widths, True, largest=0, share=0.2)
        weights, biases = draws.split(rng, *narrow)
    else:
        widths = _choice(rng, DEEP)
        weights, biases = draws.layers(rng, widths, True, largest=0, near=0.2)
    model = models.deep(weights, biases, name)
    return _whole("tangent_rank", model, weights, biases, name, rng, size=True)


def _whole(question, model, weights, biases, name, rng, size=False, domain=None):
    count = sum(w.size for w in weights) + sum(b.size for b in biases)
    x = rng.integers(-4096, 4097, (count + 8, weights[0].shape[1])) / 1024
    truth = balls.rank(weights, biases, name, x)
    if truth is None:
        return []
    plain = None
    if domain is None:
        plain = models.matrix_rank(
            model, model.domain.sample(jax.random.key(0), 4 * count)
        )
    found = [
        of_rank(
            question, lambda: tangent_rank(model, domain=domain), truth, plain=plain
        )
    ]
    if size:
        found.append(
            of_size("sample_size", lambda: optimistic_sample_size(model), known=truth)
        )
    return found


def inside(rng):
    """Networks that compute in float32 or bfloat16 with float64 parameters."""
    widths, name = (
        _choice(rng, ((2, 4, 1), (2, 2, 2, 1))),
        _choice(rng, ("tanh", "sigmoid")),
    )
    weights, biases = draws.layers(rng, widths, True, largest=0)
    dtype = _choice(rng, LOW)
    domain = RealSpace(widths[0])
    model = models.Inside(models.deep(weights, biases, name), dtype, domain)
    return _whole(f"tangent_rank, {dtype}", model, weights, biases, name, rng)


def in_torch(rng):
    """The same networks as torch modules, in float64 and in float32."""
    widths, name = (
        _choice(rng, ((2, 4, 1), (2, 2, 2, 1))),
        _choice(rng, ("tanh", "sigmoid")),
    )
    weights, biases = draws.layers(rng, widths, True, largest=0)
    dtype = _choice(rng, ("float64", "float32"))
    model = from_torch(models.torch_module(weights, biases, name, dtype))
    question, domain = f"tangent_rank, torch {dtype}", RealSpace(widths[0])
    return _whole(question, model, weights, biases, name, rng, domain=domain)


FAMILIES = {
    "two-layer, smooth": shallow,
    "smooth on samples": on_samples,
    "deep, smooth": deep,
    "smooth, low precision inside": inside,
    "smooth, torch": in_torch,
    "guarantee": guarantees,
}
