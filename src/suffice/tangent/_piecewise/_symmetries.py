"""The upper bound on the rank that comes from rescaling hidden neurons."""

import networkx as nx

from ._integer_network import IntegerNetwork


def scaling_bound(network: IntegerNetwork) -> int:
    """An upper bound of the tangent rank: `M` minus the number of independent scalings.

    Multiplying the weights into a neuron by a positive number, and dividing the
    weights out of it by the same number, leaves the function unchanged. So each hidden
    neuron gives one direction of parameters in which the function is constant. These
    directions are independent, except for one relation per group of neurons whose
    nonzero weights lead to no input, no bias and no output.

    Source:
        The bound `M - H` for `H` hidden neurons: Grigsby, Lindsey, Meyerhoff and Wu,
        "Functional dimension of feedforward ReLU neural networks"; the relations are
        derived and verified here.
    """
    graph = _nonzero_weights(network)
    isolated = sum(
        not any(graph.nodes[node]["held"] for node in group)
        for group in nx.connected_components(graph)
    )
    return network.parameters - network.hidden + isolated


def _nonzero_weights(network: IntegerNetwork) -> nx.Graph:
    """The graph of hidden neurons, joined by nonzero weights.

    A node is `held` if the neuron has a nonzero weight to an input or output, or a
    nonzero bias.
    """
    graph = nx.Graph()
    last = len(network.weights) - 1
    for layer, (matrix, bias) in enumerate(
        zip(network.weights[:-1], network.biases, strict=False)
    ):
        above = network.weights[layer + 1]
        for k, row in enumerate(matrix):
            held = (layer == 0 and any(row)) or (bias is not None and bias[k] != 0)
            held |= layer + 1 == last and any(out[k] for out in above)
            graph.add_node((layer, k), held=held)
            if layer:
                graph.add_edges_from(
                    ((layer - 1, j), (layer, k)) for j, v in enumerate(row) if v
                )
    return graph
