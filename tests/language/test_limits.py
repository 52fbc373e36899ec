"""What a spec may cost: each limit at its value and one past it, and what is made to be expensive ends soon."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from archc import limits
from archc.collector import Collector
from archc.diagnostics import Position, SpecError
from archc.language.value import Scope, StepLimit
from archc.library.specs import load_spec
from tests.cases import every_or_few, pace
from tests.elaborate.specs import codes, compile_text, expression_of, spec, wrong

HEAD = "archc: 1\nname: a\ninput: [8, 8, 3]\n"


def nested_lists(depth: int) -> str:
    # the document and `params` are two levels, and the value of `a` is the third
    return HEAD + f"params: {{a: {'[' * depth}{']' * depth}}}\nlayers: [{{let: {{b: $a}}}}, Flatten]\n"


def brackets(depth: int) -> str:
    return spec(f"- Dense: $({'(' * (depth - 1)}5{')' * (depth - 1)})")


def operators(count: int) -> str:
    return spec(f"- Dense: $(1{' + 1' * count})")


def blocks(depth: int) -> str:
    used = "".join(f"  b{i}: {{layers: [b{i + 1}]}}\n" for i in range(depth - 1))
    return f"{HEAD}blocks:\n{used}  b{depth - 1}: {{layers: [ReLU]}}\nlayers: [b0]\n"


def layers(count: int) -> str:
    return spec(f"- for: i in range({count})\n  do:\n    - ReLU")


def items(count: int) -> str:
    return spec(f"- let:\n    a: $([0] * {count})\n- ReLU")


def text(count: int) -> str:
    return spec(f"- let: {{a: $('a' * {count})}}\n- ReLU")


def integer(value: int) -> str:
    return spec(f"- let: {{a: {value}}}\n- ReLU")


def computed_integer(value: int) -> str:
    return spec(f"- let: {{a: $({value - 1} + 1)}}\n- ReLU")


def yaml_nodes(count: int) -> str:
    # the document, `params` and six keys with their values, of which five are lists of 90,000; the rest is in the sixth
    read = ", ".join(f"{key * 2}: ${key}" for key in "abcdef")
    rest = count - len(["archc", "1", "name", "a", "input", "8", "8", "3"]) - 2 - 2 - 3 - 5 * 90_002 - 2
    rest -= len(["a step", "let", "a mapping"]) + 2 * len("abcdef")
    lists = ", ".join(f"{key}: [{'0,' * items}]" for key, items in zip("abcdef", [90_000] * 5 + [rest], strict=True))
    return f"{HEAD}params: {{{lists}}}\nlayers: [{{let: {{{read}}}}}, ReLU]\n"


def file_bytes(count: int) -> str:
    content = spec("- ReLU")
    return content + "#" * (count - len(content))


@pytest.mark.parametrize(
    ("made", "most", "code"),
    [
        (nested_lists, limits.DEPTH - 2, "too-deep"),
        (brackets, limits.DEPTH, "too-deep"),
        (operators, limits.DEPTH, "too-deep"),
        (blocks, limits.DEPTH, "too-deep"),
        (layers, limits.LAYERS, "too-many-layers"),
        (items, limits.ITEMS, "too-large"),
        (text, limits.ITEMS, "too-large"),
        (integer, limits.INTEGER, "too-large"),
        (computed_integer, limits.INTEGER, "too-large"),
        (yaml_nodes, limits.YAML_NODES, "too-large"),
        (file_bytes, limits.FILE_BYTES, "too-large"),
    ],
)
def test_at_the_limit_and_one_past_it(made: Callable[[int], str], most: int, code: str) -> None:
    assert codes(made(most)) == []
    assert codes(made(most + 1)) == [code]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("[" * 2000, 1, 65),
        ("{a: " * 2000, 1, 4 * 64 + 1),
        ("- " * 2000, 1, 2 * 64 + 1),
        ("a: " + "[" * 2000, 1, len("a: ") + 64),
        ("- - " + "[" * 2000, 1, len("- - ") + 63),
        ("- [[], [[]], " + "[" * 2000, 1, len("- [[], [[]], ") + 63),
        ("a: \"[[{\\\"\"\nb: '[[''{'\nc: " + "[" * 2000, 3, len("c: ") + 64),
        ("# [[[{'\n- it's # [[{\n- " + "[" * 2000, 3, len("- ") + 64),
        ("a: |\n  [[[[\nb: " + "[" * 2000, 3, len("b: ") + 64),
    ],
)
def test_yaml_that_nests_too_deep_is_found_before_any_limit_of_the_parser(text: str, line: int, column: int) -> None:
    (found,) = wrong(text)
    assert found.code == "too-deep"
    assert found.position == Position("a.yaml", line, column)


def test_steps_and_rounds_at_the_limit_and_one_past_it() -> None:
    scope = Scope({}, StepLimit())
    scope.spend(limits.ROUNDS)
    with pytest.raises(SpecError, match="1,000,000 steps and rounds"):
        scope.spend(1)


def test_every_step_and_every_round_is_counted() -> None:
    # 50,000 items and rounds, nine times: 900,000 and little more
    assert codes(spec("- for: i in range(9)\n  do: [{for: j in range(50000), do: []}]\n- ReLU")) == []
    assert codes(spec("- for: i in range(9)\n  do: [{for: j in range(50000), do: [{as: a}]}]\n- ReLU")) == [
        "too-many-steps"
    ]


def test_a_chain_of_extends_at_the_limit_and_one_past_it(tmp_path: Path) -> None:
    (tmp_path / "s0.yaml").write_text(spec("- ReLU"), encoding="utf-8")
    for i in range(1, limits.DEPTH + 2):
        (tmp_path / f"s{i}.yaml").write_text(f"archc: 1\nname: a\nextends: s{i - 1}\n", encoding="utf-8")
    assert codes(tmp_path / f"s{limits.DEPTH}.yaml") == []
    assert codes(tmp_path / f"s{limits.DEPTH + 1}.yaml") == ["too-deep"]


BOMB = "a: &a [0,0,0,0,0,0,0,0,0]\n" + "".join(
    f"{new}: &{new} [{','.join(['*' + old] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
EXPENSIVE = {
    "binary": (b"\x7fELF\x00\x01\xff\xfe" * 1000, "not-text"),
    "utf-16": ("archc: 1".encode("utf-16"), "not-text"),
    "control characters": (b"archc: 1\nname: \x07\x1b[31m\n", "yaml"),
    "brackets": (b"[" * 60_000, "too-deep"),
    "braces": (b"{a: " * 60_000, "too-deep"),
    "dashes": (b"- " * 60_000, "too-deep"),
    "alias bomb": (BOMB.encode(), "too-large"),
    "power": (spec("- Dense: $(2**2**40)").encode(), "too-large"),
    "tower": (spec("- Dense: $(9**9**9**9)").encode(), "too-large"),
    "long list": (spec("- let:\n    a: $([0]*10**9)\n- ReLU").encode(), "too-large"),
    "long range": (spec("- let: {a: $(range(10**12))}\n- ReLU").encode(), "too-large"),
    "doubling": (
        spec("- let: {a: [1]}\n- for: i in range(1000)\n  do:\n    - let: {a: [$a, $a]}\n- ReLU").encode(),
        "too-large",
    ),
    "doubling text": (
        spec("- let: {a: $('a')}\n- for: i in range(1000)\n  do: [{let: {a: $(a)$(a)}}]\n- ReLU").encode(),
        "too-large",
    ),
    "wide": (spec(f"- let:\n    a: $([0] * 90000)\n- Reshape: [{'$a, ' * 5000}]").encode(), "too-large"),
    "text of texts": (
        spec(f"- let:\n    a: $('a' * 90000)\n    c: 1\n- let:\n    b: {'$(a)' * 5000}\n- ReLU").encode(),
        "too-large",
    ),
    "million layers": (
        spec("- for: i in range(1000)\n  do: [{for: j in range(1000), do: [ReLU]}]").encode(),
        "too-many-layers",
    ),
    "million rounds": (
        spec("- for: i in range(11)\n  do: [{for: j in range(100000), do: []}]\n- ReLU").encode(),
        "too-many-steps",
    ),
    "slow rounds": (
        spec(
            "- let: {a: $(range(90000))}\n- for: i in range(90000)\n  do:\n    - let: {b: $(sum(sorted(a)))}\n- ReLU"
        ).encode(),
        "too-many-steps",
    ),
    "comparing": (
        spec(
            "- let: {a: $(range(90000))}\n- for: i in range(90000)\n  do:\n    - let:\n        b: $(a == a + [])\n- ReLU"
        ).encode(),
        "too-many-steps",
    ),
    "blocks in blocks": (blocks(10_000).encode(), "too-deep"),
    "doubling blocks": (
        f"{HEAD}blocks:\n{''.join(f'  b{i}: {{layers: [b{i + 1}, b{i + 1}]}}{chr(10)}' for i in range(60))}  b60: {{layers: [{{do: []}}]}}\nlayers: [b0, ReLU]\n".encode(),
        "too-many-steps",
    ),
    "groups in blocks": (
        f"{HEAD}blocks:\n{''.join(f'  b{i}: {{layers: {chr(123)}do: ' * 1 + '{do: ' * 25 + f'b{i + 1}' + '}' * 27 + chr(10) for i in range(63))}  b63: {{layers: [ReLU]}}\nlayers: [b0]\n".encode(),
        "too-deep",
    ),
    "a block in itself": (f"{HEAD}blocks: {{b: {{layers: [b]}}}}\nlayers: [b]\n".encode(), "recursion"),
    "long name": (spec(f"- ReLU:\n  name: {'a' * 100_000}").encode(), "name"),
    "long key": (f"{HEAD}params: {{{'a' * 100_000}: 1}}\n".encode(), "yaml"),
    "long unknown name": (spec(f"- Dense: ${'b' * 100_000}").encode(), "unknown-name"),
    "many lets": (
        spec("- for: i in range(9)\n  do: [{for: j in range(90000), do: [{let: {a: $(i + j)}}]}]\n- ReLU").encode(),
        "too-many-steps",
    ),
    "many blocks": (
        spec(
            "- for: i in range(9)\n  do: [{for: j in range(90000), do: [{b: {a: 1}}]}]\n- ReLU",
            blocks="{b: {params: {a: int}, layers: [{do: []}]}}",
        ).encode(),
        "too-many-steps",
    ),
    "many merges": (
        spec("- Add: {for: i in range(90000), do: []}\n- for: i in range(90000)\n  do: [{Add: [[], []]}]").encode(),
        "too-many-layers",
    ),
    "one wide merge": (
        spec(
            "- Concatenate: {for: i in range(90000), do: []}\n- for: i in range(90000)\n  do: [{Concatenate: {for: j in range(1000), do: []}}]"
        ).encode(),
        "too-many-steps",
    ),
    "long op": (spec(f"- {'A' * 100_000}").encode(), "unknown-op"),
    "many faults": (spec("\n".join(f"- Dense: $unknown{i}" for i in range(10_000))).encode(), "unknown-name"),
    "deep signs": (spec(f"- Dense: $({'-' * 50_000}1)").encode(), "too-deep"),
    "deep nots": (spec(f"- Dense: $({'not ' * 50_000}1)").encode(), "too-deep"),
    "deep brackets": (spec(f"- Dense: $({'(' * 50_000}1{')' * 50_000})").encode(), "too-deep"),
    "deep lists": (spec(f'- Dense: "$({"[" * 50_000}1{"]" * 50_000})"').encode(), "too-deep"),
    "deep choices": (spec(f"- Dense: $({'1 if 1 else ' * 5_000}1)").encode(), "too-deep"),
    "deep products": (
        spec(f"- Dense: $({'(' * 60}{('1' + '*1' * 60 + ')') * 1}{('*1' * 60 + ')') * 59})").encode(),
        "",
    ),
    "deep names": (spec(f"- for: {'(' * 5_000}a{')' * 5_000} in [1]\n  do: [ReLU]").encode(), "too-deep"),
    "long figure": (HEAD.encode() + b"layers: [ReLU]\nexpect: {params: " + b"9" * 100_000 + b"M}\n", ""),
    "long number": (spec(f"- Dense: {'9' * 100_000}").encode(), "too-large"),
    "long exponent": (spec("- Dense: 1e999999999").encode(), "not-finite"),
    "large sizes": (spec("- Dense: 9007199254740991\n- Dense: 9007199254740991").encode(), ""),
    "doubling sizes": (spec("- for: i in range(15000)\n  do: [{Concatenate: [[], []]}]").encode(), "too-large"),
    "doubling sizes of what failed": (
        spec("- for: i in range(15000)\n  do: [{Concatenate: {branches: [[], []], axs: 1}}]").encode(),
        "unknown-argument",
    ),
    "many axes": (spec(f"- Reshape: {[1] * 70 + [192]}").encode(), "too-large"),
    "texts in texts": (
        spec(
            "- let: {a: $('ab' * 50000), b: $('ab' * 20000 + 'c')}\n- for: i in range(50000)\n  do: [{let: {c: $(b in a)}}]\n- ReLU"
        ).encode(),
        "too-many-steps",
    ),
    "texts in order": (
        spec(
            "- let: {a: $('a' * 90000 + 'b'), b: $('a' * 90000 + 'c')}\n- for: i in range(90000)\n  do: [{let: {c: $(a < b)}}]\n- ReLU"
        ).encode(),
        "too-many-steps",
    ),
    "one fault in many rounds": (
        spec("- for: i in range(700)\n  do: [{for: j in range(700), do: [{Dense: $zz}]}]").encode(),
        "unknown-name",
    ),
    "one wrong argument in many rounds": (
        spec("- for: i in range(700)\n  do: [{for: j in range(700), do: [{Dense: wide}]}]").encode(),
        "argument",
    ),
    "many unknown keys": (f"{HEAD}{chr(10).join(f'k{i}: &a{i} 1' for i in range(100_000))}\n".encode(), "unknown-key"),
    "many dollars": (spec(f'- Activation: "{"$$" * 1_000_000}"').encode(), ""),
    "many expressions in a text": (spec(f'- Activation: "{"$(1)" * 100_000}"').encode(), ""),
    "unknown names beside many": (
        f"{HEAD}params:\n{''.join(f'  a_rather_long_name_of_a_parameter_{i:06d}_{chr(97) * 24}: 1{chr(10)}' for i in range(20_000))}layers:\n{''.join(f'- Dense: $a_rather_long_nome_of_a_parameter_{i:05d}_{chr(97) * 24}b{chr(10)}' for i in range(60))}".encode(),
        "unknown-name",
    ),
    "tabs": (b"\t" * 100_000, "tab"),
    "quotes": (b'"' * 100_001, "yaml"),
    "anchors": (b"a: &a [*a]\n", "alias"),
}
RUN = """
import json, resource, sys, time
began = time.process_time()
from archc.diagnostics import SpecError
from archc.network import load
try:
    load(sys.argv[1]).check()
    found = []
except SpecError as error:
    found = [(d.code, d.message, d.hint) for d in error.diagnostics]
seconds = time.process_time() - began
# the peak of this program alone; getrusage counts what the process was before it became this program
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps([found, seconds, int(peak.split()[1]) / 1024]))
"""


@pytest.mark.parametrize("case", every_or_few(EXPENSIVE, 30))
def test_what_is_made_to_be_expensive_ends_soon_with_a_message(tmp_path: Path, case: str) -> None:
    content, code = EXPENSIVE[case]
    path = tmp_path / "spec.yaml"
    path.write_bytes(content)
    limit = "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30)); resource.setrlimit(resource.RLIMIT_CPU, (20, 20))\n"
    done = subprocess.run(
        [sys.executable, "-c", limit + RUN, str(path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found, seconds, mebibytes = json.loads(done.stdout)
    assert (code in [found_code for found_code, _, _ in found]) if code else True, found
    assert all(len(message) < 500 and hint for _, message, hint in found)
    assert seconds / pace() < 4  # twice what it may take: machines differ
    assert mebibytes < 300


def test_compiling_a_text_is_what_loading_its_file_is(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(spec("- Dense: 5"), encoding="utf-8")
    assert compile_text(spec("- Dense: 5")).params == 8 * 8 * 0 + 3 * 5 + 5
    assert expression_of("1 + 1") == 2


CHAINS = {
    "extends and use": "name: a\nextends: l{0}\nuse: {{l{0}: [c]}}\n",
    "use and use": "use: {{l{0}: [c], ./l{0}.yaml: [d]}}\nblocks: {{e: {{layers: [c, d]}}}}\n",
}


@pytest.mark.parametrize("chain", CHAINS)
def test_files_that_are_reached_in_many_ways_are_resolved_once(tmp_path: Path, chain: str) -> None:
    """2^60 ways lead from the first file to the last."""
    for number in range(60):
        (tmp_path / f"l{number}.yaml").write_text(f"archc: 1\n{CHAINS[chain].format(number + 1)}", encoding="utf-8")
    last = spec("- ReLU", blocks="{c: {layers: [ReLU]}, d: {layers: [Softmax]}}")
    (tmp_path / "l60.yaml").write_text(last, encoding="utf-8")
    collector = Collector()
    found = load_spec(str(tmp_path / "l0.yaml"), collector)
    assert not len(collector)
    assert found is not None
    assert {"c"} <= {*found.blocks}
