"""Two networks compared in a warm process, beside a comparison of their layers as lines of text."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import partial
from pathlib import Path
from statistics import median

import archc
from archc.diff.compare import diff
from archc.ir.graph import Graph
from archc.report.diff_text import op_with_arguments
from benchmarks.timing import in_turn, ratio, seconds_of

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
    return (
        f"  {title:36} {1e3 * median(taken['archc']):7.1f} ms, {found['added'] + found['removed'] + found['changed']:,}"
        f" layers differ   difflib {1e3 * median(taken['difflib']):7.1f} ms, {changed:,} lines"
        f"   archc takes {ratio(taken['archc'], taken['difflib']):.1f}x"
    )


def report() -> Iterator[str]:
    """Milliseconds of comparisons, and what they find."""
    yield "two networks compared in a warm process (median)"
    for left, right in (("vgg16", "vgg19"), ("resnet50", "resnet101"), ("resnet50", "se_resnet50")):
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
