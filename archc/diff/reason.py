"""Why two networks differ, in one line."""

from __future__ import annotations

from archc.analysis import cost
from archc.diff.changes import fits
from archc.diff.differences import Differences
from archc.ir.graph import Node, Region, Tensor

_COMMON = 1 / 3  # of the layers of two networks that are related
_MANY = 20  # kinds of edits; a person makes fewer at once


def kept_weights(diff: Differences) -> tuple[int, int, int]:
    """The weights of the left that fit into the right, all weights of the left, and those of the right that are new.

    The weights of a shared layer count once, on both sides.
    """
    owners: dict[Node, Node] = {}
    taken: set[Node] = set()
    for left, right in diff.counterparts.items():
        if isinstance(left, Node) and isinstance(right, Node):
            mine, theirs = left.first or left, right.first or right
            if mine not in owners and theirs not in taken and fits(mine, theirs):
                owners[mine] = theirs
                taken.add(theirs)
    kept = cost.total_params(owners)
    return kept, cost.total_params(diff.left.nodes), cost.total_params(diff.right.nodes) - kept


def common_share(diff: Differences) -> float:
    """The share of the layers of both networks that have a counterpart.

    Where few of the layers with kernels are equal but for their widths, in many different ways, it is the share of
    these: a convolution has a counterpart in nearly any other network.
    """
    pairs = [(left, right) for left, right in diff.sequence if left is not None and right is not None]
    alike = {id(change.right): set(change.fields) <= _formless(change.right) for change in diff.changes if change.right}
    equal = sum(left.op.has_kernels and alike.get(id(right), True) for left, right in pairs)
    shares = [_share(len(pairs), len(diff.left.nodes), len(diff.right.nodes))]
    if len(_kinds_of_edits(diff)) > _MANY:
        kernels = [sum(node.op.has_kernels for node in graph.nodes) for graph in (diff.left, diff.right)]
        shares.append(_share(equal, *kernels))
    return min(shares)


def _share(pairs: int, left: int, right: int) -> float:
    return 2 * pairs / (left + right) if left + right else 1.0


def _formless(node: Node) -> set[str]:
    """The arguments in which layers of one form differ."""
    return {*node.op.widths, *node.op.training_arguments()}


def _kinds_of_edits(diff: Differences) -> set[object]:
    """The changes without the values of their arguments; an edit of every layer is one."""
    return {(each.kind, each.node.op.op_name, each.node.shape[:-1], *each.fields) for each in diff.changes}


def is_unrelated(diff: Differences) -> bool:
    """Whether too few layers correspond for a list of changes to say anything."""
    kept, of, new = kept_weights(diff)
    keeps_all = kept > 0 and (kept == of or not new)
    return common_share(diff) < _COMMON and not keeps_all


def reason(diff: Differences) -> str:
    """Why two networks differ, in one line."""
    classes = {each for change in diff.changes for each in change.classes} - {"cosmetic"}
    if not (classes or diff.rewired or diff.consequences or diff.signature):
        return _same_network(diff)
    if classes == {"training"} and not (diff.rewired or diff.consequences or diff.signature):
        return f"training alone differs ({_layers(len(diff.changes))})"
    if not (diff.changes or diff.rewired or diff.consequences):
        return f"same layers, other inputs or outputs{_files(diff)}"
    if diff.changes and all(set(change.fields) == {"share"} for change in diff.changes) and not diff.rewired:
        return "same layers, weights are shared otherwise"
    if is_unrelated(diff):
        return f"unrelated: {100 * common_share(diff):.0f}% in common"
    return _by_weights(diff)


def _same_network(diff: Differences) -> str:
    """Why the content is equal, or what differs beside it."""
    if diff.loading.is_right:
        return "refactoring: the same network" if diff.changes or _is_written_differently(diff) else "no difference"
    return f"same network{_files(diff)}"


def _is_written_differently(diff: Differences) -> bool:
    """Whether names, spelling, or the parts around layers differ."""
    pairs = [(left, right) for left, right in diff.sequence if left is not None and right is not None]
    return bool(diff.renamed or diff.respelled) or any(
        _parts(left.region) != _parts(right.region) for left, right in pairs
    )


def _parts(region: Region) -> list[tuple[str, str]]:
    return [(part.kind, part.title) for part in region.chain()]


def _by_weights(diff: Differences) -> str:
    """What becomes of the weights, and whether the function is another."""
    kept, of, new = kept_weights(diff)
    if kept == of and not new:
        return f"same weights, {_function(diff)}{_files(diff)}"
    if kept == of:
        return "new layers, all old weights kept"
    if not new:
        return "fewer layers, all their weights kept"
    return f"other weights: {_percent(kept, of)} of the old ones kept, {new:,} new"


def _percent(part: int, whole: int) -> str:
    """The share of a part; never all or nothing where it is neither."""
    if not part or part == whole:
        return "all" if part else "none"
    share = round(100 * part / whole)
    return "<1%" if share < 1 else ">99%" if share > 99 else f"{share}%"


def _function(diff: Differences) -> str:
    """How many layers change the function."""
    changed: set[Tensor] = {change.node for change in diff.changes if set(change.classes) - {"training", "cosmetic"}}
    changed |= {found.right for found in diff.rewired if found.right is not None}
    return f"another function ({_layers(len(changed))})" if changed else "other outputs"


def _files(diff: Differences) -> str:
    """What is wrong with weight files where all weights are kept."""
    if diff.loading.is_right:
        return ""
    into = "load into other layers" if diff.loading.formats("misplaced") else "do not load"
    return f", but weight files {into}"


def _layers(count: int) -> str:
    return f"{count:,} {'layer' if count == 1 else 'layers'}"
