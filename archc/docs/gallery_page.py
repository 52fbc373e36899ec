"""Mistakes that circulate, each against the network of its paper, as a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import fill
from typing import NamedTuple

from archc.analysis import cost
from archc.analysis.facts import counts
from archc.docs import FOLDER
from archc.network import Network, load
from archc.report import figures
from archc.report.check import verdict_counts
from archc.report.check_as import held_remarks, held_tables
from archc.report.diff import diff_table
from archc.report.mends import mends_of
from archc.report.table import Table, fitted_text, wrapped

_HEAD = """# Gallery

Mistakes that circulate in tutorials and in code, each as a small spec, and what archc says of it: its counts beside
those of the paper's network, the reason and the layers of `archc diff`, and `archc check --as`, which lists what to
mend and the facts of the paper that differ because of it. [diff.md](diff.md) says what the marks mean,
[import.md](import.md) how causes are found.

Of more than {most} facts that differ the first {most} are shown. This page is generated from the specs in
[gallery/](gallery): `python -m archc.docs`.
"""

_MOST = 8  # facts that differ, of one network
_WIDTH = 110  # columns of a code block


class Exhibit(NamedTuple):
    """A network that is built wrong.

    Attributes:
        spec: the file in `docs/gallery`, without its ending.
        paper: the network of the library that it should be.
        text: what the mistake is and does.
    """

    spec: str
    paper: str
    text: str


EXHIBITS = (
    Exhibit(
        "lenet_28x28",
        "lenet5",
        """The digits of MNIST have 28x28 pixels. LeNet-5 takes 32x32, so that strokes at the edge of a digit can be in
        the middle of a window too. With 28x28, more maps, max pooling and one dense layer less it is another network,
        of twice the weights and nine times the work.""",
    ),
    Exhibit(
        "alexnet_plain",
        "alexnet",
        """The paper splits three convolutions over two GPUs, and normalizes behind the first two. Without both, every
        size and the depth are right. The three convolutions see all maps, which makes 1.4 million weights more, and
        the network does half as much work again.""",
    ),
    Exhibit(
        "zfnet_same",
        "zfnet",
        """The figure gives sizes and no padding. A 7x7 without padding gives 109 and not 110; `same` in the next
        convolution leads back to the 13 of the figure. All counts of weights are right, so who compares parameters
        finds nothing. Three sizes are wrong.""",
    ),
    Exhibit(
        "vgg16_3x2",
        "vgg16",
        """One of the thirteen kernels is 3x2. With `same` every size is right, and the parameters still round to the
        138M of the paper. The exact count tells, and so do the multiply-adds.""",
    ),
    Exhibit(
        "googlenet_one_width",
        "googlenet",
        """One `filters` for all branches of a module, a quarter of its maps. Every size is right. But the paper keeps
        the costly branches narrow: here the 5x5 convolutions have more than half of the weights of the modules.""",
    ),
    Exhibit(
        "resnet50_3x3_projections",
        "resnet50",
        """Where the size changes, the shortcut is a 1x1 convolution; with 3x3 the network has nearly twice the weights.
        The ReLU before the normalization changes no size and no count, so no fact tells. The diff does.""",
    ),
    Exhibit(
        "densenet121_scales",
        "densenet121",
        """The normalization of Caffe has no scale and shift, and a Scale layer follows it. Ported layer by layer to a
        normalization that has them, both are there twice. Without compression the transitions keep all maps, and the
        blocks behind them are wider.""",
    ),
    Exhibit(
        "vgg19",
        "vgg19",
        """Last, a network as it should be, written out line by line, without the names of the library. archc has
        nothing to say.""",
    ),
)


def gallery_markdown() -> str:
    """The page as Markdown, a section for each exhibit.

    Raises:
        SpecError: a spec cannot be compiled.
    """
    lines = [_HEAD.format(most=_MOST)]
    for exhibit in EXHIBITS:
        lines.extend(_section(exhibit))
    return "\n".join(lines)


def _section(exhibit: Exhibit) -> Iterator[str]:
    mistake, paper = load(FOLDER / "gallery" / f"{exhibit.spec}.yaml"), load(exhibit.paper)
    diff, held = paper.diff(mistake), mistake.check_as(paper)
    path = f"docs/gallery/{exhibit.spec}.yaml"
    yield f"## {mistake.name}\n"
    yield f"{fill(' '.join(exhibit.text.split()), 120)}\n"
    yield "| | layers | parameters | multiply-adds |"
    yield "|---|--:|--:|--:|"
    yield _counts(f"[{exhibit.spec}.yaml](gallery/{exhibit.spec}.yaml)", mistake)
    yield _counts(f"`{exhibit.paper}`", paper)
    yield ""
    tables = [diff_table(diff, 0, full=False)] if diff.has_changes else []
    yield from _output(f"archc diff {exhibit.paper} {path} --context 0", [diff.reason], tables)
    facts = [one.fact for one in held.facts]
    differ = counts(facts)["differs"]
    mends = mends_of(held)
    tables = held_tables(held, mends, full=False)
    tables = [*tables[:-1], *(table._replace(rows=table.rows[:_MOST]) for table in tables[-1:])]
    last = [f"and {differ - _MOST} more"] if differ > _MOST else []
    remarks = held_remarks(held, mends, exhibit.paper, path)
    last += ["", *(line for remark in remarks for line in wrapped(remark, _WIDTH))] if remarks else []
    yield from _output(f"archc check {path} --as {exhibit.paper}", [verdict_counts(counts(facts))], tables, last)


def _counts(name: str, network: Network) -> str:
    layers = cost.layer_count(network.graph.nodes)
    return f"| {name} | {layers:,} | {figures.exact(network.params)} | {figures.short(network.macs)} |"


def _output(command: str, first: list[str], tables: list[Table], last: Sequence[str] = ()) -> Iterator[str]:
    """A command with what it prints."""
    yield "```console"
    yield f"$ {command}"
    yield from first
    for table in tables:
        yield ""
        yield fitted_text(table, _WIDTH)
    yield from last
    yield "```\n"
