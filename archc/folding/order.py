"""The order in which a spec makes layers, and the names that have to be written in that order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from archc.ir.graph import Graph, Node, Tensor, behind_layers, layer_calls
from archc.ir.naming import automatic_name, word_and_number
from archc.ir.numbering import number_chains


def creation_order(graph: Graph) -> tuple[Node, ...]:
    """The layers as a person makes them: each branch as a whole, as far as the names that Keras numbers allow.

    Depth first from the outputs, inputs in their order. Where a name asks for a layer of another branch first, all that
    comes of that branch and does not need this one comes first. Where names ask for a circle, it is the graph's order.
    """
    order = behind_layers(_Order(graph).nodes())
    places = {node: place for place, node in enumerate(order)}
    needed = ((node, tensor) for node in order for tensor in (*node.inputs, node.first) if isinstance(tensor, Node))
    return order if all(places[tensor] < places[node] for node, tensor in needed) else graph.nodes


class _Order:
    """Depth first over what each layer needs: its inputs, the first call of its weights, the number before its own."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.readers: defaultdict[Tensor, list[Node]] = defaultdict(list)
        for node in graph.nodes:
            for tensor in dict.fromkeys(node.inputs):
                self.readers[tensor].append(node)
        firsts = [node for node in graph.nodes if node.first is None]
        needs = {
            node: [tensor for tensor in (*node.inputs, node.first) if isinstance(tensor, Node)] for node in graph.nodes
        }
        self.chain = number_chains(((node, node.name, node.op.automatic_word()) for node in firsts), needs)
        self.places = {node: place for place, node in enumerate(graph.nodes)}
        self.needs = _ancestors(graph, self.chain)
        self.meetings = _meetings(graph, self.readers)
        self.found: dict[Node, None] = {}
        self.known = 0  # the same as a set of bits

    def nodes(self) -> dict[Node, None]:
        """The layers in order."""
        pending: list[tuple[Node, Iterator[Node]]] = []
        begun: set[Node] = set()
        for output in self.graph.outputs.values():
            if isinstance(output, Node):
                pending.append((output, self.prior(output)))
                begun.add(output)
            while pending:
                prior = pending[-1][1]
                needed = next((other for other in prior if other not in begun), None)
                if needed is not None:
                    pending.append((needed, self.prior(needed)))
                    begun.add(needed)
                else:
                    node = pending.pop()[0]
                    self.found[node] = None
                    self.known |= 1 << self.places[node]
        return self.found

    def prior(self, node: Node) -> Iterator[Node]:
        """What has to come before a layer.

        Of a merge that is its deepest trunk, what names in its branches need, and what its branches begin at.
        """
        if len(node.inputs) > 1:
            starts = self.starts(node)
            trunk = self.deepest_trunk(starts)
            if trunk is not None:
                yield trunk
            made: set[Node] = set()
            for branch in map(self.branch, node.inputs):
                made.update(branch)
                for inner in branch:
                    if inner in self.chain and self.chain[inner] not in made:
                        yield self.whole(self.chain[inner], node)
            if len(starts) > 1:
                yield from starts
        if node in self.chain:
            yield self.whole(self.chain[node], node)
        if node.first is not None:
            yield node.first
        yield from (tensor for tensor in node.inputs if isinstance(tensor, Node))

    def starts(self, merge: Node) -> list[Node]:
        """The layers that are still to be made at which the branches of a merge begin, and those of merges in them."""
        found: dict[Node, None] = {}
        pending = list(reversed(merge.inputs))
        while pending:
            tensor = pending.pop()
            while isinstance(tensor, Node) and len(tensor.inputs) == 1 and len(self.readers[tensor]) == 1:
                tensor = tensor.inputs[0]
            if isinstance(tensor, Node) and tensor not in self.found:
                if len(self.readers[tensor]) == 1 and tensor.inputs:
                    pending += reversed(tensor.inputs)
                else:
                    found[tensor] = None
        return list(found)

    def deepest_trunk(self, starts: list[Node]) -> Node | None:
        """Of the merges before the branches of a merge the one that needs most; None where there are no two."""
        counts: dict[Node, int] = {}
        for start in starts:
            tensor: Tensor = start
            while isinstance(tensor, Node) and len(tensor.inputs) == 1 and tensor not in self.found:
                tensor = tensor.inputs[0]
            if isinstance(tensor, Node) and tensor not in self.found:
                counts[tensor] = (self.needs[tensor] & ~self.known).bit_count()
        most = max(counts, key=lambda node: counts[node], default=None)
        return most if len(counts) > 1 else None

    def branch(self, tensor: Tensor) -> list[Node]:
        """The layers in a row that end at a tensor, and that nothing else reads."""
        found: list[Node] = []
        while isinstance(tensor, Node) and len(tensor.inputs) == 1 and tensor not in self.found:
            found.append(tensor)
            if len(self.readers[tensor]) > 1:
                break
            tensor = tensor.inputs[0]
        return found[::-1]

    def whole(self, node: Node, asking: Node) -> Node:
        """The last layer in which all that comes of a layer meets, if it does not need the one that asks."""
        place = self.places[asking]
        while True:
            last = self.meetings[node]
            if last is None or self.needs[last] >> place & 1:
                return node
            node = last


def _meetings(graph: Graph, readers: Mapping[Tensor, list[Node]]) -> dict[Node, Node | None]:
    """For each layer its immediate post-dominator; None for one behind which nothing meets."""
    found: dict[Node, Node | None] = {}
    depth: dict[Node | None, int] = {None: 0}
    outputs = set(graph.outputs.values())
    for node in reversed(graph.nodes):
        ends: list[Node | None] = [None] if node in outputs else []
        ends += readers.get(node, [])
        one = ends[0] if ends else None
        for other in ends[1:]:
            while one is not other:
                if depth[one] >= depth[other]:
                    one = None if one is None else found[one]
                else:
                    other = None if other is None else found[other]
        found[node] = one
        depth[node] = depth[one] + 1
    return found


def _ancestors(graph: Graph, chain: Mapping[Node, Node]) -> dict[Node, int]:
    """For each layer the layers that must come before it, as a set of bits by their places in the graph."""
    places = {node: place for place, node in enumerate(graph.nodes)}
    found: dict[Node, int] = {}
    pending = list(reversed(graph.nodes))
    while pending:
        node = pending[-1]
        if node in found:
            pending.pop()
            continue
        prior = [tensor for tensor in (*node.inputs, node.first, chain.get(node)) if isinstance(tensor, Node)]
        missing = [other for other in prior if other not in found]
        if missing:
            pending += missing
            continue
        bits = 1 << places[node]
        for other in prior:
            bits |= found[other]
        found[node] = bits
        pending.pop()
    return found


def written_names(order: tuple[Node, ...]) -> dict[Node, str | None]:
    """The name to write for each layer; None where archc gives the same name by itself in this order."""
    kept: set[str] = set()
    while True:
        names: Counter[str] = Counter()
        wrong: set[str] = set()
        written: dict[Node, str | None] = {}
        for node in layer_calls(order):
            word = node.op.automatic_word()
            own = word_and_number(node.name)[0] == word
            if node.first is not None:
                written[node] = written[node.first]
            elif own and word not in kept:
                written[node] = None
                if automatic_name(names, word) != node.name:
                    wrong.add(word)
            else:
                written[node] = node.name
        if not wrong:
            return written
        kept |= wrong
