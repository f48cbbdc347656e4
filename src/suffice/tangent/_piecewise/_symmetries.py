"""What every piecewise linear network loses: the scale of each hidden neuron."""

import networkx as nx

from ._integer_network import IntegerNetwork


def scaling_bound(network: IntegerNetwork) -> int:
    """An upper bound of the tangent rank, `M` minus the independent scalings.

    The weights into a neuron can be multiplied by a positive number that the weights
    out of it are divided by. Each hidden neuron gives one direction in which the
    function does not move; they are independent but for one relation per group of
    neurons whose nonzero weights lead neither to an input, a bias nor an output.

    Source:
        The bound `M - H` for `H` hidden neurons: Grigsby, Lindsey, Meyerhoff and Wu,
        "Functional dimension of feedforward ReLU neural networks"; the relations are
        derived and verified here.
    """
    graph = _nonzero_weights(network)
    loose = sum(
        not any(graph.nodes[node]["held"] for node in group)
        for group in nx.connected_components(graph)
    )
    return network.parameters - network.hidden + loose


def _nonzero_weights(network: IntegerNetwork) -> nx.Graph:
    """Hidden neurons, joined by nonzero weights; `held` where one of them leads out."""
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
