"""The codes of diagnostics: each declared once, with its page in `docs/errors.md`.

A code stays the same for all faults of its kind, from version to version.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

Severity = Literal["error", "warning"]

DISTRIBUTION = "archc-keras"
INSTALL = f"pip install '{DISTRIBUTION}[{{extra}}]'"


class Code(NamedTuple):
    """One kind of diagnostic.

    Attributes:
        name: kebab-case.
        summary: what is wrong, in a sentence or two.
        advice: what to do, where a diagnostic has no hint of its own.
        spec: a spec that gets this code and no other; empty where no spec alone does.
        setting: what else the example needs, or the command that gets this code.
        severity: a warning never changes the exit status, unless `--strict` is given.
    """

    name: str
    summary: str
    advice: str
    spec: str = ""
    setting: str = ""
    severity: Severity = "error"


_DECLARED = (
    Code(
        "alias",
        "A YAML alias (`*name`) stands for nothing that came before it, or inside of what it names.",
        "write the value out, or use a parameter",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - ReLU
summary: *none
""",
    ),
    Code(
        "argument",
        "The value of an argument is not one that the op or block takes.",
        "change the value of this argument",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - Conv2D: {filters: 4, kernel_size: 0}
""",
    ),
    Code(
        "branch",
        "Something stands where a branch of a merge must stand.",
        "a branch is a step, a list of steps, `[]`, or the name of a tensor",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - Concatenate: {axis: 1, a: []}
""",
    ),
    Code(
        "circle",
        "A file extends or uses itself, directly or through others.",
        "a file cannot extend or use itself",
        spec="""\
archc: 1
name: a
extends: ./this.yaml
input: [8]
layers:
  - ReLU
""",
        setting="in the file `this.yaml`.",
    ),
    Code(
        "division",
        "An expression divides by zero.",
        "the divisor must not be 0",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - Dense: $(1 // 0)
""",
    ),
    Code(
        "duplicate-key",
        "A mapping has the same key twice. YAML readers usually keep the last one silently; a spec must not "
        "leave that open.",
        "keep one of the two",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
name: b
layers:
  - ReLU
""",
    ),
    Code(
        "expression",
        "An expression cannot be read.",
        "expressions are a part of Python: `docs/language.md` lists what they hold",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - Dense: $(1 +)
""",
    ),
    Code(
        "fact-differs",
        "A documented fact of a network that is built or written as source differs from what the network has.",
        "correct the fact or the network; where the document is wrong, add `computed` and `because`",
        severity="warning",
        setting="`archc build` of a spec whose `expect` says another number of parameters.",
    ),
    Code(
        "file-exists",
        "The file to write is there already.",
        "`--force` replaces it",
        setting="`archc build vgg16 -o FILE`, where FILE exists.",
    ),
    Code(
        "git-path",
        "Git is set up to run `archc`, which is not on the PATH.",
        "install archc where git finds it, or add its folder to PATH",
        severity="warning",
        setting="`archc git enable` with archc in a virtual environment that is not active.",
    ),
    Code(
        "head",
        "A head by parameter needs a parameter with `choices`, each an op or a block.",
        "give the parameter `choices`, each an op or a block that takes these arguments",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
params: {unit: ReLU}
layers:
  - $unit:
""",
    ),
    Code(
        "index",
        "A list or a map has no such item.",
        "items count from 0; `len(…)` is their number",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - Dense: $(x.shape[3])
""",
    ),
    Code(
        "input",
        "The shape of an input is no list of sizes.",
        "sizes are whole numbers above 0; `null` stands for one known only at run time",
        spec="""\
archc: 1
name: a
input: [8, 0]
layers:
  - ReLU
""",
    ),
    Code(
        "inputs",
        "More or fewer tensors reach a step than it takes.",
        "name the tensors: `from: [a, b]`",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - ReLU:
    as: a
  - ReLU:
    from: [a, a]
""",
    ),
    Code(
        "keras",
        "Keras refuses a layer that archc could infer.",
        "change the layer, or build with another version of Keras",
        setting="A layer that the installed Keras does not have.",
    ),
    Code(
        "keras-differs",
        "Keras makes a layer with another shape or other weights than archc inferred.",
        "please report this: archc infers what Keras builds",
        setting="A fault of archc.",
    ),
    Code(
        "key",
        "A key is no plain text, or two keys exclude each other, as `input` and `inputs` do.",
        "write the key as plain text",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - Conv2D: {[1]: 2}
""",
    ),
    Code(
        "merge-key",
        "YAML's merge key `<<` is refused: it hides where a value comes from.",
        "use a block, or `extends`",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - Dense:
      <<: {units: 1}
""",
    ),
    Code(
        "misplaced-modifier",
        "A modifier of the step slipped in among the arguments of the op.",
        "move it left, beside the op",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - Dense: {units: 5, name: a}
""",
    ),
    Code(
        "missing-argument",
        "A required argument is not there.",
        "add the argument",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - Conv2D: {filters: 4}
""",
    ),
    Code(
        "missing-key",
        "A key is required that is not there.",
        "add the key",
        spec="""\
archc: 1
input: [8]
layers:
  - ReLU
""",
    ),
    Code(
        "missing-parameter",
        "A parameter is required, and nobody sets it.",
        "give it a default in the spec, or set it",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
params: {units: int}
layers:
  - Dense: $units
""",
    ),
    Code(
        "name",
        "A name cannot be one: it has other characters, is a word of Python or a function of expressions, is "
        "`x`, or has another meaning already.",
        "letters, digits and `_`; no word of Python, no function of expressions, not `x`",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - ReLU:
    as: x
""",
    ),
    Code(
        "name-taken",
        "A full name of a layer, a part or an output comes twice.",
        "choose another name",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - ReLU:
    name: a
  - ReLU:
    name: a
""",
    ),
    Code(
        "no-branch",
        "A merge has nothing to merge.",
        "list its branches, each a step, a list or a name",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - Add
""",
    ),
    Code(
        "no-keras",
        "Keras, TensorFlow or h5py is not installed, and the command needs it.",
        INSTALL.format(extra="tensorflow"),
        setting="`archc build vgg16` without the extra.",
    ),
    Code(
        "no-layers",
        "The network has nothing on its path.",
        "a network has `layers`, and at least one of them on its path",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - let: {a: 1}
""",
    ),
    Code(
        "no-source",
        "`build --to python` cannot write a step so that Python does what the spec says: a shared `Scale` or "
        "`Learned` that is called again only at some values of the parameters, a list of lists that is "
        "compared, an output whose name is that of another tensor as well, a map of arguments for a block "
        "with a parameter that Python names otherwise.",
        "`--flat` writes a line a layer, whatever the spec says",
        spec="""\
archc: 1
name: a
params: {rows: [[1, 2], [3, 4]]}
input: [8, 8, 3]
layers:
  - Conv2D: {filters: 4, kernel_size: 1}
  - ReLU:
    when: $(rows == [[1, 2], [3, 4]])
""",
    ),
    Code(
        "no-torch",
        "PyTorch is not installed, and `Network.state_dict` needs it.",
        INSTALL.format(extra="torch"),
        setting="`net.state_dict(model)` without the extra.",
    ),
    Code(
        "not-a-spec",
        "The file holds YAML, but no mapping of keys.",
        "a spec begins with `archc: 1`",
        spec="""\
- ReLU
""",
    ),
    Code(
        "not-finite",
        "A number is infinite, or none at all, as written or as an expression gives it.",
        "write a finite number, or divide by something larger",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - Dropout: .nan
""",
    ),
    Code(
        "not-text",
        "The file is not UTF-8 text.",
        "is it a spec? Save it as UTF-8 text",
        setting="a file in Latin-1 with `ü` in it, an image, or an archive",
    ),
    Code(
        "not-weights",
        "A file for `--weights` is damaged, or no file of weights.",
        "weights are a `.weights.h5`, `.keras` or `.h5` file that Keras wrote",
        setting="`archc build vgg16 --weights README.md`.",
    ),
    Code(
        "output",
        "A step inside of a block marks an output of the network.",
        "let the block leave it, with `outputs`",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
blocks:
  b:
    layers:
      - ReLU:
        output: a
layers:
  - b
""",
    ),
    Code(
        "outputs",
        "A step leaves another number of tensors than `as` names.",
        "`as` has one name, or as many as the block has `outputs`",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - ReLU:
    as: [a, b]
""",
    ),
    Code(
        "outside",
        "A path leads out of the folder of the file that it stands in.",
        "a path stays in this file's folder or below",
        spec="""\
archc: 1
name: a
extends: ../a.yaml
""",
    ),
    Code(
        "parameter",
        "The value of a parameter is not of its type, out of its bounds, or none of its choices.",
        "change the value, or the parameter's type and limits",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
params: {units: {default: 0, min: 1}}
layers:
  - Dense: $units
""",
    ),
    Code(
        "recursion",
        "A block uses itself, directly or through others.",
        "repeat with `for`; a block never uses itself",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
blocks:
  b: {layers: [b]}
layers:
  - b
""",
    ),
    Code(
        "several-documents",
        "The file holds more than one YAML document.",
        "put each spec in a file of its own, without `---`",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers: [ReLU]
---
a: 1
""",
    ),
    Code(
        "shape",
        "The shapes that reach a layer do not fit it. The message has both ends.",
        "change the arguments, or what reaches the step",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - Conv2D: {filters: 4, kernel_size: 9}
""",
    ),
    Code(
        "share",
        "Steps share weights that do not do the same.",
        "steps with one share do the same",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - Dense: 3
    share: a
  - Dense: 4
    share: a
""",
    ),
    Code(
        "step",
        "A step cannot be read: it has no head, two heads, or something else stands in its place.",
        "a step is `Op: arguments`, `block: arguments`, or one of `for`, `do`, `side` and `let`",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - ReLU:
    Dense: 5
""",
    ),
    Code(
        "tab",
        "A tab stands where YAML wants spaces.",
        "replace the tab by spaces",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
⇥- ReLU
""",
        setting="`⇥` is the tab.",
    ),
    Code(
        "tag",
        "YAML tags (`!!int`) are refused: values have the type that they are written with.",
        "remove the tag: numbers, texts and lists need none",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - Dense: !!int 5
""",
    ),
    Code(
        "too-deep",
        "Something nests deeper than it may: YAML, an expression, uses of blocks, files that extend one "
        "another. An expression in 65 pairs of parentheses, or a block that uses a block that uses a block, "
        "65 times.",
        "name an inner part: a block, a parameter or a `let`",
    ),
    Code(
        "too-large",
        "A number, a list, a text or a file is larger than it may be.",
        "make it smaller; `docs/language.md` lists the limits",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - Dense: 9_007_199_254_740_992
""",
    ),
    Code(
        "too-many-layers",
        "The network has more than 20,000 layers.",
        "count the rounds of the loops around it",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - for: i in range(20001)
    do: [ReLU]
""",
    ),
    Code(
        "too-many-steps",
        "The spec takes more than 1,000,000 steps, rounds of loops and items of lists.",
        "count the rounds of the loops around it",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - for: i in range(1001)
    do: [{for: j in range(1000), do: []}]
""",
    ),
    Code(
        "torch",
        "The PyTorch target has no translation for some layers; the message lists all of them.",
        "end the network before them, or build it in Keras",
        setting="`archc build NAME --to torch` of a network with an LSTM.",
    ),
    Code(
        "torch-model",
        "The model given to `Network.state_dict` is not the one that the network builds.",
        "give the model that this network builds",
        setting="`vgg16.state_dict(vgg19.build())`.",
    ),
    Code(
        "type",
        "A value is of another kind than what stands there must be.",
        "write a value of that kind",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - ReLU:
    when: 1
""",
    ),
    Code(
        "unclosed-expression",
        "A `$(` has no closing parenthesis. In flow style YAML itself cuts a plain text at a comma or a bracket.",
        "close the parenthesis, or write `$$` for a dollar sign",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - Conv2D: {filters: $(min(1, 2)), kernel_size: 1}
""",
    ),
    Code(
        "unknown-argument",
        "An op or a block has no argument of that name.",
        "remove it, or spell it as the op or block does",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - Conv2D: {filters: 4, kernal_size: 1}
""",
    ),
    Code(
        "unknown-attribute",
        "A tensor or a map has no attribute of that name.",
        "a tensor has shape, height, width, channels and rank; a map has its keys",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - Dense: $x.chanels
""",
    ),
    Code(
        "unknown-block",
        "A word in snake_case is no block that the file defines or uses.",
        "define it under `blocks`, or take it from another file with `use`",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - conv:
""",
    ),
    Code(
        "unknown-function",
        "An expression calls what is no function of the language.",
        "`docs/language.md` lists the functions of expressions",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - Dense: $(maximum(1))
""",
    ),
    Code(
        "unknown-input",
        "A shape is given for an input that the network does not have.",
        "use a name that stands under `inputs`",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - ReLU
""",
        setting="with `--input b=8`.",
    ),
    Code(
        "unknown-key",
        "A key means nothing where it stands: in the file, in a section, or beside the head of a step.",
        "remove the key, or spell it as the language does",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
licence: MIT
layers:
  - ReLU
""",
    ),
    Code(
        "unknown-layer",
        "Nothing in the network has the name of a layer or a part where it shall end.",
        "`archc summary --full` shows the names",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - ReLU
""",
        setting="with `--output conv`.",
    ),
    Code(
        "unknown-name",
        "An expression reads a name that nothing gives.",
        "name it before: a parameter, an input, `let`, `as` or a loop",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - Dense: $units
""",
    ),
    Code(
        "unknown-op",
        "A word with a capital is no op.",
        "ops are Keras's layers; what a spec defines itself is written in snake_case",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - Convolution9D: 5
""",
    ),
    Code(
        "unknown-parameter",
        "A value is given for a parameter that the network does not have.",
        "use a name that stands under `params`",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
params: {units: 4}
layers:
  - Dense: $units
""",
        setting="with `--set unit=5`.",
    ),
    Code(
        "unknown-size",
        "A layer needs a size that is known only at run time.",
        "declare the size of the input, or pool over it",
        spec="""\
archc: 1
name: a
input: [null, null]
layers:
  - Dense: 5
""",
    ),
    Code(
        "unknown-spec",
        "No file beside this one and no spec of the library has that name; or, in `git:REV:path`, the "
        "repository has no such revision.",
        "a name is that of a file beside this one, or of the library; a path has a `/` or ends in `.yaml`",
        spec="""\
archc: 1
name: a
extends: nothing_of_that_name
""",
    ),
    Code(
        "unknown-tensor",
        "`from`, a branch or an output names a tensor that nothing gives.",
        "give the tensor a name with `as`, at the step that leaves it",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - ReLU:
    from: stem
""",
    ),
    Code(
        "unneeded",
        "A layer or an input leads to no output.",
        "take it up with `from`, mark it `output`, or remove it",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - ReLU:
    as: a
  - side: {Dense: 5}
""",
    ),
    Code(
        "unreadable",
        "A file cannot be opened; or git cannot give the file of `git:REV:path`: git is not installed, the "
        "folder is in no repository, the revision has no such file.",
        "check that the file is there and that you may read it",
        spec="""\
archc: 1
name: a
extends: ./missing.yaml
""",
    ),
    Code(
        "unused-parameter",
        "A file gives a parameter that the spec it extends lacks, and nothing reads it.",
        "remove it, or read it with `$` in a step",
        spec="""\
archc: 1
name: a
extends: ./family.yaml
params: {witdh: 5}
""",
        setting="where `family.yaml` has the parameter `width`.",
    ),
    Code(
        "unwritable",
        "A file cannot be written: its folder is not there, it is a folder, or the system refuses.",
        "name a file in a folder that is there and may be written to",
        setting="`archc build vgg16 -o no/such/folder/vgg16.py`.",
    ),
    Code(
        "usage",
        "The options or arguments of a command do not go together, or cannot be read.",
        "`--help` shows what the command takes",
        setting="`archc build vgg16 --flat`.",
    ),
    Code(
        "version",
        "The file is written in a version of the language that this archc does not read.",
        "write `archc: 1`",
        spec="""\
archc: 2
name: a
input: [8, 8, 3]
layers:
  - ReLU
""",
    ),
    Code(
        "weights",
        "A file of weights does not fit the network; what differs follows, and nothing was loaded.",
        "give the file of this network",
        setting="`archc build vgg19 --weights VGG16_FILE`.",
    ),
    Code(
        "weights-array",
        "An array of a file of weights cannot be read: another type, another file, a plug-in, no numbers.",
        "save the weights again with Keras",
        setting="An HDF5 file whose arrays point into another file.",
    ),
    Code(
        "weights-extra",
        "A file of weights has a layer that the network lacks.",
        "give the file of this network",
        setting="`archc build vgg16 --weights VGG19_FILE`.",
    ),
    Code(
        "weights-kind",
        "A file of weights has another kind of layer where the network has this one.",
        "give the file of this network",
        setting="A file with a dense layer of the name of a convolution.",
    ),
    Code(
        "weights-link",
        "A file of weights has a link in place of an array or a group.",
        "weights are read from the file itself alone",
        setting="An HDF5 file with soft or external links.",
    ),
    Code(
        "weights-missing",
        "A file of weights lacks a layer that the network has.",
        "give the file of this network",
        setting="`archc build vgg19 --weights VGG16_FILE`.",
    ),
    Code(
        "weights-name",
        "A file of weights has a layer of another given name in the place of this one, and others of its shapes.",
        "is it another network's? A file has the names of the spec's layers",
        setting="The file of a network with the same shapes and other names.",
    ),
    Code(
        "weights-order",
        "A layer may be one of two in the file, or its weights stand there in another order.",
        "give the layers the names that the file has",
        setting="A file whose layers were created in another order.",
    ),
    Code(
        "weights-shape",
        "A layer of a file of weights has other shapes than the network's.",
        "build it as the file has it, without `classes`, or end it before this layer with `--output`",
        setting="`archc build vgg16 --set classes=10 --weights VGG16_FILE`.",
    ),
    Code(
        "yaml",
        "The text is not YAML.",
        "see what is open on the lines before: a quote, a bracket, an indentation",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - Dense: {units: 5
""",
    ),
)

CODES: Mapping[str, Code] = {code.name: code for code in _DECLARED}
"""Every code by its name, in alphabetical order."""
