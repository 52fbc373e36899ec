"""The codes of diagnostics: each declared once, with its page in `docs/errors.md`.

A code stays the same for all errors of its kind, from version to version.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

Severity = Literal["error", "warning"]

DISTRIBUTION = "archc-keras"
INSTALL = f"`pip install '{DISTRIBUTION}[{{extra}}]'`"


class Code(NamedTuple):
    """One kind of diagnostic.

    Attributes:
        name: kebab-case.
        summary: what is wrong, in a sentence or two.
        advice: what to do; the hint of a diagnostic that has none of its own.
        spec: a spec that gets this code and no other; empty for a code that no spec alone gets.
        setting: what else the spec needs; for a code without a spec, when a command reports it.
        severity: a warning does not change the exit status, except with `--strict`.
        once: whether one name in one file is one fault, however often it is written.
    """

    name: str
    summary: str
    advice: str
    spec: str = ""
    setting: str = ""
    severity: Severity = "error"
    once: bool = False


_DECLARED = (
    Code(
        "alias",
        "A YAML alias (`*name`) refers to an anchor that is not defined before it, or to a value that it is part of.",
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
        "The value of an argument is not one that the op or block accepts.",
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
        "A branch of a merge is not a step, a list of steps or a name.",
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
        "A file extends or uses itself, or begins with weights of its own (`initialize`), directly or through others.",
        "a file cannot extend or use itself",
        spec="""\
archc: 1
name: a
extends: ./this.yaml
input: [8]
layers:
  - ReLU
""",
        setting="The spec is the file `this.yaml`.",
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
        "A mapping has the same key twice. Many YAML readers silently keep the last value; archc does not guess.",
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
        "An expression cannot be parsed.",
        "expressions are a part of Python: `docs/language.md` lists them",
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
        "A documented fact differs from the network that is built or written as source.",
        "correct the fact or the network; where the document is wrong, add `computed` and `because`",
        setting="`archc build` of a spec whose `expect` has another number of parameters.",
        severity="warning",
    ),
    Code(
        "file-exists",
        "The file to write exists already.",
        "`--force` replaces it",
        setting="`archc build vgg16 -o FILE`, where FILE exists.",
    ),
    Code(
        "git-path",
        "`archc` is not on the PATH, where git looks for it.",
        "install archc where git finds it, or add its folder to the PATH",
        setting="`archc git enable`, with archc in a virtual environment that is not active.",
        severity="warning",
    ),
    Code(
        "head",
        "A step whose op is a value needs `choices` (`$unit:`) or rows (`$row.unit:`), each an op or a block.",
        "give the parameter `choices`, each an op or a block with these arguments",
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
        "image",
        "A file is neither a JPEG nor a PNG image, is damaged, or has too many pixels.",
        "save the image as JPEG or PNG",
        setting="`archc classify vgg16 notes.txt --weights FILE`.",
    ),
    Code(
        "imagenet",
        "Keras publishes no weights for this network, or it cannot get their file.",
        "give a file: `--weights FILE`",
        setting="`archc classify googlenet cat.jpg --weights imagenet`.",
    ),
    Code(
        "index",
        "An index is outside of a list, or a map has no such key.",
        "indices start at 0; `len(…)` is the number of items",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - Dense: $(x.shape[3])
""",
    ),
    Code(
        "initialize",
        "A layer cannot begin with the weights that `initialize` names: one of the two has none, or shapes differ.",
        "name layers whose weights have equal names and shapes",
        setting="`archc check` of a spec whose `initialize` names a `Flatten`.",
    ),
    Code(
        "input",
        "The shape of an input is not a list of sizes.",
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
        "input-type",
        "A layer gets integers, booleans or texts and computes with floats alone.",
        "declare the input with `dtype: float32`, or begin with `Rescaling`",
        spec="""\
archc: 1
name: a
input: {shape: [8, 8, 3], dtype: uint8}
layers:
  - Conv2D: {filters: 2, kernel_size: 3}
""",
    ),
    Code(
        "inputs",
        "A step gets more or fewer tensors than it takes.",
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
        "internal",
        "A fault of archc: it failed where it should compile the spec or report an error. The exit status is 3.",
        "report it to archc's developers; the environment variable `ARCHC_DEBUG=1` shows the traceback",
        setting="only a bug of archc gives this.",
    ),
    Code(
        "keras",
        "Keras raises an error for a layer that archc could infer.",
        "change the layer, or use another version of Keras",
        setting="a layer that the installed Keras does not have.",
    ),
    Code(
        "keras-differs",
        "Keras builds a layer with another shape or other weights than archc inferred.",
        "please report this: archc infers what Keras builds",
        setting="only a bug of archc gives this.",
    ),
    Code(
        "key",
        "A key is not plain text, or two keys exclude each other, as `input` and `inputs` do.",
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
        "labels",
        "A file with the names of classes cannot be read, or has names for another number of classes.",
        "write a line for each class, in the order of the network's output",
        setting="`archc classify vgg16 cat.jpg --weights FILE --labels NAMES` with ten names.",
    ),
    Code(
        "left-out",
        "No output depends on a layer or an input, in a file with `unused: warn`. The layer is not in the network.",
        "use it with `from`, mark it `output`, or remove it",
        setting="`unused: warn`, and a layer that no output needs.",
        severity="warning",
    ),
    Code(
        "merge-key",
        "YAML's merge key `<<` is not allowed: it hides where a value comes from.",
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
        "A key of the step, such as `name`, is among the arguments of the op.",
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
        "A required argument is missing.",
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
        "A required key is missing.",
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
        "A parameter without a default has no value.",
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
        "model-code",
        "A function in a Python file that makes a model fails, or is not there. It is code of the user's.",
        "the function takes no argument and returns a `keras.Model`",
        setting="`archc summary FILE.py:FUNCTION`, and the function raises an error.",
    ),
    Code(
        "model-file",
        "A model file is damaged, larger than any that is read, or its configuration is not one that Keras writes.",
        "save the model again with Keras 3: `model.save('FILE.keras')`",
        setting="a cut configuration.",
    ),
    Code(
        "model-kind",
        "A file is of another kind than the models of Keras: a SavedModel, weights alone, a file of PyTorch, ONNX or "
        "TensorFlow Lite.",
        "save the model with Keras: `model.save('FILE.keras')`",
        setting="`archc summary model.onnx`.",
    ),
    Code(
        "name",
        "A name is not allowed: it has characters other than letters, digits and `_`, is a keyword of Python or a "
        "function of expressions, is `x`, or is already defined.",
        "use letters, digits and `_`; no keyword of Python, no function of expressions, not `x`",
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
        "Two layers, parts or outputs have the same full name.",
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
        "A merge has no branches.",
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
        "no-classifier",
        "The network does not take one image, or its output is not a row of classes.",
        "the input must have height, width and channels, and the output one number for each class",
        setting="`archc classify vgg16 cat.jpg --weights FILE --output block5_pool`.",
    ),
    Code(
        "no-converter",
        "A picture cannot be made a PNG or PDF: no program for it is installed, or the program fails.",
        INSTALL.format(extra="pictures"),
        setting="`archc plot vgg16 -o vgg16.png` without CairoSVG and rsvg-convert.",
    ),
    Code(
        "no-h5py",
        "A model is in an HDF5 file, and h5py is not installed.",
        INSTALL.format(extra="h5"),
        setting="`archc summary model.h5` without the extra.",
    ),
    Code(
        "no-keras",
        "Keras, TensorFlow or h5py is not installed, but the command needs it.",
        INSTALL.format(extra="tensorflow"),
        setting="`archc build vgg16` without the extra.",
    ),
    Code(
        "no-layers",
        "The network has no layers.",
        "a network has `layers`, with at least one layer",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - let: {a: 1}
""",
    ),
    Code(
        "no-pillow",
        "An image is to be read, and Pillow is not installed.",
        INSTALL.format(extra="images"),
        setting="`archc classify vgg16 cat.jpg --weights FILE` without the extra.",
    ),
    Code(
        "no-pyarrow",
        "A table is to be written as Parquet, and pyarrow is not installed.",
        INSTALL.format(extra="parquet"),
        setting="`archc sweep resnet --vary 'classes=1..9' -o table.parquet` without the extra.",
    ),
    Code(
        "no-ray",
        "A sweep is to be computed by Ray, and Ray is not installed.",
        INSTALL.format(extra="ray"),
        setting="`archc sweep resnet --vary 'classes=1..9' --engine ray` without the extra.",
    ),
    Code(
        "no-source",
        "`build --to python` cannot write a step as Python with the structure of the spec: a shared `Scale` or "
        "`Learned` that is called again only at some values of the parameters, a comparison of lists of lists, an "
        "output with the name of another tensor, or a map of arguments for a block with a parameter that has another"
        " name in Python.",
        "`--flat` writes one line for each layer of any spec",
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
        "no-spec",
        "`import` cannot write a network as a new spec: no text expands to it.",
        "change what the message names, in the spec or the model that is read",
        setting="`archc import` of a model with a layer that leads only to an unread input of a shared model.",
    ),
    Code(
        "no-torch",
        "PyTorch is not installed, but `Network.state_dict` needs it.",
        INSTALL.format(extra="torch"),
        setting="`net.state_dict(model)` without the extra.",
    ),
    Code(
        "no-weights",
        "A network is to be used that has no trained weights.",
        "give a file: `--weights FILE`; `--weights imagenet` are those that Keras publishes",
        setting="`archc classify vgg16 cat.jpg`.",
    ),
    Code(
        "not-a-spec",
        "The file is YAML, but not a mapping of keys.",
        "a spec begins with `archc: 1`",
        spec="""\
- ReLU
""",
    ),
    Code(
        "not-finite",
        "A number is infinite or not a number, as it is written or as the value of an expression.",
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
        setting="a file in Latin-1 with `ü` in it, an image, or an archive.",
    ),
    Code(
        "not-weights",
        "A file for `--weights` is damaged, or is not a file of weights.",
        "weights are a `.weights.h5`, `.keras` or `.h5` file that Keras wrote",
        setting="`archc build vgg16 --weights README.md`.",
    ),
    Code(
        "opaque",
        "A model has layers that archc has no op for, so that nothing can be built of it. `summary`, `check` and "
        "`diff` go on with them.",
        "`archc summary`, `archc check` and `archc diff` go on with the model",
        setting="`archc build model.keras -o other.keras` of a model with a Lambda layer.",
    ),
    Code(
        "output",
        "A step in a block marks an output of the network.",
        "name the tensor under the block's `outputs`, and mark the step that uses the block",
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
        "output-not-finite",
        "The network gives numbers that are NaN or infinite.",
        "check the weights, and that `preprocess` is that of the network they were trained in",
        setting="`archc classify` with the weights of a network whose training diverged.",
    ),
    Code(
        "outputs",
        "The number of outputs of a step is not the number of names in `as`.",
        "`as` has one name, or as many as the step leaves tensors",
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
        "A path leads out of the folder of the file that contains it.",
        "a path stays in this file's folder or below",
        spec="""\
archc: 1
name: a
extends: ../a.yaml
""",
    ),
    Code(
        "page-too-large",
        "A page would have more than 3 MB, which browsers are slow with.",
        "`--levels 1` leaves out what is inside of inner parts",
        setting="`archc page` of a network of 20,000 layers.",
    ),
    Code(
        "parameter",
        "The value of a parameter has another type, is out of its limits, or is not one of its choices.",
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
        "preprocess",
        "A spec does not say how an image becomes the input, or what it says does not suit the input.",
        "`preprocess` in the spec says it: `preprocess: {mode: tf}`; `--preprocess SPEC` takes that of another spec",
        setting="`archc classify lenet5 digit.png --weights FILE`.",
    ),
    Code(
        "recursion",
        "A block uses itself, directly or through others.",
        "repeat with `for`; a block cannot use itself",
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
        "settings",
        "The settings of a repository, `.archc.toml` or `[tool.archc]` in `pyproject.toml`, are not what archc reads.",
        "the keys are `fail-on`, `budget` and `ignore`; `--no-config` reads no settings",
        setting='`archc diff vgg16 vgg19`, with `failon = "io"` in `.archc.toml`.',
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
        "The input shapes of a layer do not fit it. The message has both shapes.",
        "change the arguments, or the input of the step",
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
        "Steps with the same `share` have different ops or arguments.",
        "steps with one `share` have the same op and arguments",
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
        "A step cannot be parsed: it has no op or block, it has two of them, or it is not a step.",
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
        "sweep",
        "The values that a parameter takes in a sweep cannot be read, or do not fit together.",
        "a list of values, `[64, 96, 128]`, or a range, `64..256:32`",
        spec="""\
archc: 1
name: a
input: [8]
params: {width: 4}
layers:
  - Dense: $width
sweep: {width: 9..5}
""",
    ),
    Code(
        "sweep-record",
        "The file in which a sweep was recorded is of another sweep, is not whole, or shards are missing.",
        "sweep again",
        setting="`archc sweep --merge FILE`, where FILE is no record.",
    ),
    Code(
        "sweep-worker",
        "A process that computed a part of a sweep died, and so did the one that did it again.",
        "the machine may lack memory: take fewer processes with `--jobs`, and go on with `--resume`",
        setting="`archc sweep` on a machine whose memory is used up.",
    ),
    Code(
        "tab",
        "A tab is used where YAML requires spaces.",
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
        "YAML tags (`!!int`) are not allowed: how a value is written gives its type.",
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
        "template",
        "A template cannot be read or run, or does what its sandbox refuses.",
        "see https://jinja.palletsprojects.com/templates for the language, and `docs/render.md` for what it can read",
        setting="`archc render vgg16 --template FILE.j2` with `{% for layer in layers %}` and no `{% endfor %}`.",
    ),
    Code(
        "template-limit",
        "A template costs too much: too many rounds of loops and calls, or too long a text.",
        "let it do less: a loop over the layers, and no loop over them inside it",
        setting="`archc render vgg16 --template FILE.j2` with loops over `range(100000)` in one another.",
    ),
    Code(
        "template-name",
        "A template uses a variable, an attribute, a filter or a test that is not there.",
        "`docs/render.md` lists what a template can read",
        setting="`archc render vgg16 --template FILE.j2` with `{{ network.nmae }}`.",
    ),
    Code(
        "too-deep",
        "Something is nested too deeply: YAML, an expression, uses of blocks, or files that extend one another. The "
        "limit of each is 64.",
        "name an inner part: a block, a parameter or a `let`",
        spec=f"""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - Dense: $({"(" * 65}5{")" * 65})
""",
    ),
    Code(
        "too-large",
        "A number, a list, a text or a file is larger than its limit.",
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
        "check the number of rounds of the loops around it",
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
        "The spec needs more than 1,000,000 steps, rounds of loops and items of lists.",
        "check the number of rounds of the loops around it",
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
        "end the network before these layers, or build it in Keras",
        setting="`archc build NAME --to torch` of a network with a `TimeDistributed`.",
    ),
    Code(
        "torch-model",
        "The model given to `Network.state_dict` is not a model of this network.",
        "give the model that `build()` of this network returns",
        setting="`vgg16.state_dict(vgg19.build())`.",
    ),
    Code(
        "transplant-nothing",
        "No layer of the new network has a counterpart in the old one whose weights fit, so all its weights are new.",
        "`archc diff` shows how the two networks differ",
        setting="`archc transplant LENET5_FILE vgg16 --dry-run`.",
        severity="warning",
    ),
    Code(
        "type",
        "A value has another type than expected.",
        "write a value of the expected type",
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
        "A `$(` has no closing parenthesis. In flow style, YAML itself ends a plain text at a comma or a bracket.",
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
        "remove it, or use the name of an argument that exists",
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
        "No block of this name is defined in the file or taken from another file.",
        "define it under `blocks`, or take it from another file with `use`",
        once=True,
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - conv:
""",
    ),
    Code(
        "unknown-feature",
        "The network has no feature with the name at which it should end.",
        "take one of those that there are",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - ReLU
""",
        setting="With `--features C5`.",
    ),
    Code(
        "unknown-function",
        "An expression calls a function that the language does not have.",
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
        "use a name that is under `inputs`",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - ReLU
""",
        setting="With `--input b=8`.",
    ),
    Code(
        "unknown-key",
        "A key is not allowed where it is: in the file, in a section, or beside the op of a step.",
        "remove the key, or use one that is allowed there",
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
        "The network has no layer or part with the name at which it should end, that `--freeze` freezes, or that"
        " `features` or `initialize` has; or no inherited step with a name under `changes`.",
        "`archc summary --full` shows the names",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
layers:
  - ReLU
""",
        setting="With `--output conv`.",
    ),
    Code(
        "unknown-name",
        "An expression uses a name that is not defined.",
        "define it first: a parameter, an input, `let`, `as` or a loop",
        once=True,
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
        "No op has this name.",
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
        "use a name that is under `params`",
        spec="""\
archc: 1
name: a
input: [8, 8, 3]
params: {units: 4}
layers:
  - Dense: $units
""",
        setting="With `--set unit=5`.",
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
        "No file beside this one and no spec of the library has this name; or, in `git:REV:path`, the repository has"
        " no such revision.",
        "a name is that of a file beside this one, or of the library; a path has a `/` or ends in `.yaml`",
        spec="""\
archc: 1
name: a
extends: nothing_of_that_name
""",
    ),
    Code(
        "unknown-template",
        "No shipped template has this name, or a template includes a file, which none may do.",
        "`archc render --list` shows the templates",
        setting="`archc render vgg16 --template latx`.",
    ),
    Code(
        "unknown-tensor",
        "`from`, a branch or an output names a tensor that is not defined.",
        "name the tensor with `as`, at the step that computes it",
        once=True,
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
        "No output depends on a layer or an input. In a shared block it is enough that one use needs the layer.",
        "use it with `from`, mark it `output`, or remove it",
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
        "A file cannot be read; or git cannot give the file of `git:REV:path`: git is not installed, the folder is "
        "not in a repository, or the revision has no such file.",
        "check that the file exists and that you may read it",
        spec="""\
archc: 1
name: a
extends: ./missing.yaml
""",
    ),
    Code(
        "unused-parameter",
        "Nothing reads a parameter of a spec or of a block, so that its value changes nothing.",
        "remove it, or use it with `$` in a step",
        spec="""\
archc: 1
name: a
extends: ./family.yaml
params: {witdh: 5}
""",
        setting="`family.yaml` has the parameter `width`.",
    ),
    Code(
        "unwritable",
        "A file cannot be written: its folder does not exist, it is a folder itself, or the system refuses.",
        "name a file in a folder that exists and may be written to",
        setting="`archc build vgg16 -o no/such/folder/vgg16.py`.",
    ),
    Code(
        "usage",
        "The options or arguments of a command do not fit together, or cannot be parsed.",
        "`--help` shows what the command takes",
        setting="`archc build vgg16 --flat`.",
    ),
    Code(
        "version",
        "The file is written in a version of the language that this archc cannot read.",
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
        "view",
        "What `archc view` shows cannot be made: the layer depends on more than one input, the image has another shape "
        "than it, or the layer has no maps.",
        "view a layer of a network that takes one image",
        setting="`archc view vgg16 cat.jpg --layer predictions --weights FILE --maps`.",
    ),
    Code(
        "weights",
        "A file of weights does not fit the network. Other diagnostics say what differs; no weights are loaded.",
        "give the file of this network",
        setting="`archc build vgg19 --weights VGG16_FILE`.",
    ),
    Code(
        "weights-array",
        "An array in a file of weights cannot be read: it has another type, is in another file, needs a plug-in, has "
        "fewer or more bytes than it declares, or contains no numbers.",
        "save the weights again with Keras",
        setting="an HDF5 file whose arrays are stored in another file.",
    ),
    Code(
        "weights-extra",
        "A file of weights has a layer that the network does not have.",
        "give the file of this network",
        setting="`archc build vgg16 --weights VGG19_FILE`.",
    ),
    Code(
        "weights-kind",
        "A layer in a file of weights has another kind than the layer of the network.",
        "give the file of this network",
        setting="a file with a dense layer that has the name of a convolution.",
    ),
    Code(
        "weights-link",
        "A file of weights has a link where an array or a group is expected.",
        "save the weights again with Keras, in one file",
        setting="an HDF5 file with soft or external links.",
    ),
    Code(
        "weights-missing",
        "A file of weights does not have a layer of the network.",
        "give the file of this network",
        setting="`archc build vgg19 --weights VGG16_FILE`.",
    ),
    Code(
        "weights-name",
        "A file of weights has a layer with another name at the place of this layer, and other layers with the same "
        "shapes.",
        "check that the file is of this network: its layers have the names of the spec's layers",
        setting="the file of a network with the same shapes and other names.",
    ),
    Code(
        "weights-not-finite",
        "A file of weights has values that are NaN or infinite, or are too large for the type of the weight.",
        "the values are loaded as they are; give a file that was saved before training failed",
        setting="a file of a model whose training diverged.",
        severity="warning",
    ),
    Code(
        "weights-order",
        "A layer matches two layers of the file, or its weights have another order in the file.",
        "give the layers the names that they have in the file",
        setting="a file whose layers were created in another order.",
    ),
    Code(
        "weights-shape",
        "A layer in a file of weights has other shapes than the layer of the network.",
        "build it as the file has it, without `classes`, let it begin new with `--reinitialize`, or end the network "
        "before this layer with `--output`",
        setting="`archc build vgg16 --set classes=10 --weights VGG16_FILE`.",
    ),
    Code(
        "weights-version",
        "A file of weights says that Keras 1 or 2 wrote it, and the network uses a function that is another one in "
        "Keras 3: its outputs differ from those of the model that was saved.",
        "compare the outputs with those of the model that was saved; where it used this function, train further, or "
        "write the function as layers",
        setting="`archc build` of a spec with `activation: hard_sigmoid`, and a file of Keras 2.",
        severity="warning",
    ),
    Code(
        "yaml",
        "The text is not YAML.",
        "check the lines before: a quote or a bracket may be open, or the indentation may be wrong",
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
