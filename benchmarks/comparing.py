"""Two networks compared in a warm process, beside a comparison of their layers as lines of text."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median

import archc
from archc.diff.compare import diff
from archc.ir.graph import Graph
from archc.report.diff_text import op_with_arguments
from benchmarks.large_networks import LARGE
from benchmarks.timing import in_turn, ratio, seconds_of

FAMILIES = (
    ("vgg16", "vgg19"), ("resnet50", "resnet101"), ("resnet50", "se_resnet50"), ("densenet121", "densenet169"),
    ("nasnet_a_mobile", "nasnet_a_large"), ("inception_v3", "inception_v4"),
)  # fmt: skip
"""Networks of one family that are compared."""
BLOCK = """\
archc: 1
name: Blocks
params: {blocks: 1, every: 1000000, width: 8}
input: [16, 16, $width]
blocks:
  unit:
    params: {kernel_size: 3, width: int}
    layers:
      - Add:
          - []
          - - Conv2D: {filters: $width, kernel_size: 1}
            - BatchNormalization
            - ReLU
            - Conv2D: {filters: $width, kernel_size: $kernel_size, padding: same}
            - BatchNormalization
            - ReLU
            - Conv2D: {filters: $width, kernel_size: 1}
            - BatchNormalization
      - ReLU
layers:
  - for: i in range(blocks)
    do:
      - unit: {kernel_size: $(5 if i % every == 0 else 3), $width}
"""


def lines(graph: Graph) -> list[str]:
    """A network as a line a layer."""
    return [f"{node.name} {op_with_arguments(node.op)} {node.shape}" for node in graph.nodes]


def by_lines(left: list[str], right: list[str]) -> Sequence[tuple[str, int, int, int, int]]:
    """What difflib makes of two networks as lines."""
    return SequenceMatcher(None, left, right, autojunk=False).get_opcodes()


def _pair(title: str, left: Graph, right: Graph, rounds: int) -> str:
    texts = lines(left), lines(right)
    taken = in_turn(
        {
            "archc": partial(seconds_of, partial(diff, left, right)),
            "difflib": partial(seconds_of, partial(by_lines, *texts)),
        },
        rounds,
    )
    found = diff(left, right).counts
    changed = sum(j2 - j1 + i2 - i1 for tag, i1, i2, j1, j2 in by_lines(*texts) if tag != "equal")
    layer = 1e6 * median(taken["archc"]) / (len(left.nodes) + len(right.nodes))
    return (
        f"  {title:36} {1e3 * median(taken['archc']):7.1f} ms, {layer:5.1f} us a layer,"
        f" {found['added'] + found['removed'] + found['changed']:,}"
        f" layers differ   difflib {1e3 * median(taken['difflib']):7.1f} ms, {changed:,} lines"
        f"   archc takes {ratio(taken['archc'], taken['difflib']):.1f}x"
    )


def report() -> Iterator[str]:
    """Milliseconds of comparisons, and what they find."""
    yield "two networks compared in a warm process (median)"
    for left, right in FAMILIES:
        yield _pair(f"{left}, {right}", archc.load(left).graph, archc.load(right).graph, 11)
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder) / "blocks.yaml"
        spec.write_text(BLOCK, encoding="utf-8")

        def blocks(count: int, every: int = 1_000_000, width: int = 8) -> Graph:
            return archc.load(spec, blocks=count, every=every, width=width).graph

        yield _pair("2,000 layers, 2,400", blocks(200, 7), blocks(240, 7), 5)
        yield _pair("2,000 layers, 2,400, others changed", blocks(200, 7), blocks(240, 5), 5)
        yield _pair("2,000 layers, 2,400, all changed", blocks(200, 7), blocks(240, 7, 16), 5)
        yield "  chains of equal blocks, a tenth more in the right one, microseconds a layer"
        for count in (20, 200, 1_800):
            chain, longer = blocks(count), blocks(count + count // 10)
            taken = median(seconds_of(partial(diff, chain, longer)) for _ in range(3))
            layers = len(chain.nodes) + len(longer.nodes)
            yield f"    {len(chain.nodes):6,} layers {1e6 * taken / layers:6.1f}"
    yield "  large random networks with little in common, and the growth of the time where they are twice as large"
    for kind, made in LARGE.items():
        yield _growth(kind, made)


def _growth(kind: str, made: Callable[[int, int], Graph]) -> str:
    """The time for pairs of networks, each twice as large as the one before, the sizes taken in turn."""
    pairs = {size: (made(size, 1), made(size, 2)) for size in (250, 500, 1_000, 2_000)}
    taken = in_turn({f"{size:,}": partial(seconds_of, partial(diff, *pair)) for size, pair in pairs.items()}, 3)
    found = [f"{size} {1e3 * median(seconds):7.1f} ms" for size, seconds in taken.items()]
    growth = [f"{ratio(after, before):.1f}x" for before, after in pairwise(taken.values())]
    layers = sum(len(graph.nodes) for graph in pairs[2_000])
    return f"    {kind:12} {'   '.join(found)} ({layers:,} layers)   {', '.join(growth)}"
