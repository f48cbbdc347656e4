"""The joint partition of neurons, with signs, where branches intersect."""

from ._arrangement import Branch


def free_vectors(k: int, *branches: Branch) -> int | None:
    """The number of free weight vectors where all branches intersect, or None.

    The partitions of the neurons are joined, with signs. A class that contains a vector
    and its negative, or a silent neuron, is zero. If this is the class of a target, or
    two targets share a class, the branches do not intersect.
    """
    join = _SignedPartition(k + 1)
    origin = k
    for number, branch in enumerate(branches):
        for i, place in enumerate(branch):
            neuron = ("neuron", i)
            match place.role:
                case "target":
                    join.unite(neuron, place.group, place.sign)
                case "null":
                    join.unite(neuron, (number, place.group), place.sign)
                case _:
                    join.unite(neuron, origin, 1)
    roots = {join.find(node)[0] for node in list(join.parent)}
    fixed = [join.find(t)[0] for t in range(k)]
    zero = join.find(origin)[0]
    if len(set(fixed)) < k or zero in fixed or join.odd & set(fixed):
        return None
    return len(roots - set(fixed) - {zero} - join.odd)


class _SignedPartition:
    """Union-find with signs; `odd` are the roots of classes equal to their negative."""

    def __init__(self, size: int):
        self.parent: dict = {node: (node, 1) for node in range(size)}
        self.odd: set = set()

    def find(self, node) -> tuple:
        parent, sign = self.parent.setdefault(node, (node, 1))
        if parent == node:
            return node, 1
        root, further = self.find(parent)
        self.parent[node] = (root, sign * further)
        return root, sign * further

    def unite(self, a, b, sign: int) -> None:
        (root_a, sign_a), (root_b, sign_b) = self.find(a), self.find(b)
        relative = sign_a * sign_b * sign
        if root_a != root_b:
            self.parent[root_a] = (root_b, relative)
            if root_a in self.odd:
                self.odd = self.odd - {root_a} | {root_b}
        elif relative < 0:
            self.odd.add(root_a)
