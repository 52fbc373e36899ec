"""Any kind of value in any place of a spec: messages in words of the language, and one for what cannot be read."""

from __future__ import annotations

import re

import pytest

from tests.elaborate.specs import wrong

VALUES = {
    "a number that is not finite": "1e400",
    "a map": "{a: {b: 1}}",
    "a list": "[1, [2, {c: 3}]]",
    "null": "null",
    "a boolean": "true",
    "a number": "2.5",
    "a text": "'zz yy'",
    "a tensor": "$x",
    "tensors": "'$([x, x])'",
    "an expression that is cut": "'$(1'",
}
UNREADABLE = ("a number that is not finite", "an expression that is cut")
HEAD = "archc: 1\nname: a\n"
INPUT = f"{HEAD}input: [8]\n"
PLACES = {
    "name": "archc: 1\nname: ¦\ninput: [8]\nlayers: [ReLU]\n",
    "summary": HEAD + "summary: ¦\ninput: [8]\nlayers: [ReLU]\n",
    "paper": HEAD + "paper: ¦\ninput: [8]\nlayers: [ReLU]\n",
    "paper.year": HEAD + "paper: {year: ¦}\ninput: [8]\nlayers: [ReLU]\n",
    "preprocess.mean": HEAD + "preprocess: {mean: ¦}\ninput: [8]\nlayers: [ReLU]\n",
    "preprocess.mode": HEAD + "preprocess: {mode: ¦}\ninput: [8]\nlayers: [ReLU]\n",
    "initialize": f"{INPUT}layers: [ReLU]\ninitialize: ¦\n",
    "initialize.from": f"{INPUT}layers: [ReLU]\ninitialize: {{from: ¦, layers: [a]}}\n",
    "initialize.layers": f"{INPUT}layers: [ReLU]\ninitialize: {{from: a, layers: ¦}}\n",
    "initialize.layers.0": f"{INPUT}layers: [ReLU]\ninitialize: {{from: a, layers: [¦]}}\n",
    "initialize.layers.a": f"{INPUT}layers: [ReLU]\ninitialize: {{from: a, layers: {{a: ¦}}}}\n",
    "extends": HEAD + "extends: ¦\n",
    "use": HEAD + "use: ¦\ninput: [8]\nlayers: [ReLU]\n",
    "use.x": HEAD + "use: {b: ¦}\ninput: [8]\nlayers: [ReLU]\n",
    "params": HEAD + "params: ¦\ninput: [8]\nlayers: [ReLU]\n",
    "param": HEAD + "params: {p: ¦}\ninput: [8]\nlayers: [{Dense: $p}]\n",
    "param.type": HEAD + "params: {p: {default: 1, type: ¦}}\ninput: [8]\nlayers: [{Dense: $p}]\n",
    "param.min": HEAD + "params: {p: {default: 1, min: ¦}}\ninput: [8]\nlayers: [{Dense: $p}]\n",
    "param.choices": HEAD + "params: {p: {default: 1, choices: ¦}}\ninput: [8]\nlayers: [{Dense: $p}]\n",
    "param.help": HEAD + "params: {p: {default: 1, help: ¦}}\ninput: [8]\nlayers: [{Dense: $p}]\n",
    "input": HEAD + "input: ¦\nlayers: [ReLU]\n",
    "input.shape": HEAD + "input: {shape: ¦}\nlayers: [ReLU]\n",
    "input.dtype": HEAD + "input: {shape: [8], dtype: ¦}\nlayers: [ReLU]\n",
    "input.0": HEAD + "input: [8, ¦]\nlayers: [ReLU]\n",
    "inputs": HEAD + "inputs: ¦\nlayers: [ReLU]\n",
    "inputs.0": HEAD + "inputs: {p: ¦}\nlayers: [ReLU]\n",
    "blocks": INPUT + "blocks: ¦\nlayers: [ReLU]\n",
    "blocks.b": INPUT + "blocks: {b: ¦}\nlayers: [b]\n",
    "blocks.b.params": INPUT + "blocks: {b: {params: ¦, layers: [ReLU]}}\nlayers: [b]\n",
    "blocks.b.inputs": INPUT + "blocks: {b: {inputs: ¦, layers: [ReLU]}}\nlayers: [b]\n",
    "blocks.b.outputs": INPUT + "blocks: {b: {outputs: ¦, layers: [ReLU]}}\nlayers: [b]\n",
    "blocks.b.layers": INPUT + "blocks: {b: {layers: ¦}}\nlayers: [b]\n",
    "layers": INPUT + "layers: ¦\n",
    "step": INPUT + "layers: [ReLU, ¦]\n",
    "outputs": INPUT + "layers: [{ReLU: , as: o}]\noutputs: ¦\n",
    "outputs.0": INPUT + "layers: [{ReLU: , as: o}]\noutputs: [¦]\n",
    "expect": INPUT + "layers: [{ReLU: , as: o}]\nexpect: ¦\n",
    "expect.source": INPUT + "layers: [{ReLU: , as: o}]\nexpect: {source: ¦}\n",
    "expect.depth": INPUT + "layers: [{ReLU: , as: o}]\nexpect: {depth: ¦}\n",
    "expect.params": INPUT + "layers: [{ReLU: , as: o}]\nexpect: {params: ¦}\n",
    "expect.output": INPUT + "layers: [{ReLU: , as: o}]\nexpect: {output: ¦}\n",
    "expect.outputs": INPUT + "layers: [{ReLU: , as: o}]\nexpect: {outputs: ¦}\n",
    "expect.layers": INPUT + "layers: [{ReLU: , as: o}]\nexpect: {layers: ¦}\n",
    "expect.layers.o": INPUT + "layers: [{ReLU: , name: o}]\nexpect: {layers: {o: ¦}}\n",
    "expect.value": INPUT + "layers: [{ReLU: , name: o}]\nexpect: {params: {value: ¦, computed: 0, because: x}}\n",
    "mod.name": INPUT + "layers:\n  - Dense: 3\n    name: ¦\n  - ReLU\n",
    "mod.from": INPUT + "layers:\n  - Dense: 3\n    from: ¦\n  - ReLU\n",
    "mod.as": INPUT + "layers:\n  - Dense: 3\n    as: ¦\n  - ReLU\n",
    "mod.when": INPUT + "layers:\n  - Dense: 3\n    when: ¦\n  - ReLU\n",
    "mod.shape": INPUT + "layers:\n  - Dense: 3\n    shape: ¦\n  - ReLU\n",
    "mod.output": INPUT + "layers:\n  - Dense: 3\n    output: ¦\n  - ReLU\n",
    "mod.share": INPUT + "layers:\n  - Dense: 3\n    share: ¦\n  - ReLU\n",
    "mod.note": INPUT + "layers:\n  - Dense: 3\n    note: ¦\n  - ReLU\n",
    "mod.else": INPUT + "layers:\n  - Dense: 3\n    else: ¦\n  - ReLU\n",
    "do": INPUT + "layers:\n  - do: ¦\n  - ReLU\n",
    "for": INPUT + "layers:\n  - for: ¦\n    do: [ReLU]\n  - ReLU\n",
    "for.do": INPUT + "layers:\n  - for: i in range(2)\n    do: ¦\n  - ReLU\n",
    "side": INPUT + "layers:\n  - side: ¦\n  - ReLU\n",
    "let": INPUT + "layers:\n  - let: ¦\n  - ReLU\n",
    "let.v": INPUT + "layers:\n  - let: {v: ¦}\n  - Dense: $v\n",
    "op": INPUT + "layers:\n  - Dense: ¦\n  - ReLU\n",
    "op2": HEAD + "input: [8, 8]\nlayers:\n  - Conv1D: ¦\n  - ReLU\n",
    "arg": INPUT + "layers:\n  - Dense: {units: ¦}\n  - ReLU\n",
    "arg.init": INPUT + "layers:\n  - Dense: {units: 3, kernel_initializer: ¦}\n  - ReLU\n",
    "arg.act": INPUT + "layers:\n  - Dense: {units: 3, activation: ¦}\n  - ReLU\n",
    "arg.wrapped": HEAD + "input: [8, 8]\nlayers:\n  - TimeDistributed: ¦\n  - ReLU\n",
    "arg.noarg": HEAD + "input: [8, 8]\nlayers:\n  - Flatten: ¦\n  - ReLU\n",
    "arg.tuple": HEAD + "input: [8, 8, 3]\nlayers:\n  - Conv2D: {filters: 2, kernel_size: ¦}\n  - ReLU\n",
    "block.arg": INPUT + "blocks: {b: {params: {u: int}, layers: [{Dense: $u}]}}\nlayers:\n  - b: {u: ¦}\n",
    "block.args": INPUT + "blocks: {b: {params: {u: int}, layers: [{Dense: $u}]}}\nlayers:\n  - b: ¦\n",
    "merge": INPUT + "layers:\n  - Add: ¦\n",
    "merge.0": INPUT + "layers:\n  - Add: [[], ¦]\n",
    "merge.label": INPUT + "layers:\n  - Add: {p: [], q: ¦}\n",
    "merge.axis": INPUT + "layers:\n  - Concatenate: {branches: [[], []], axis: ¦}\n",
    "archc": "archc: ¦\nname: a\ninput: [8]\nlayers: [ReLU]\n",
    "choice": HEAD + "params: {u: {default: ReLU, choices: [ReLU, ¦]}}\ninput: [8]\nlayers: [{$u: }]\n",
}
_OTHER_WORDS = re.compile(r"object at|\{'|<class|<archc|Input\(|not valid|\n")


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("place", PLACES)
def test_messages_are_in_words_of_the_language(place: str, value: str) -> None:
    found = wrong(PLACES[place].replace("¦", VALUES[value]))
    for one in found:
        assert not _OTHER_WORDS.search(f"{one.message} {one.hint}")
    if value in UNREADABLE and place != "mod.else":  # this `else` is an error of its own
        assert len(found) <= 1
