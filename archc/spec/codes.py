"""The codes of diagnostics, each with what to do where a diagnostic has nothing more precise to say."""

from __future__ import annotations

from collections.abc import Mapping

ADVICE: Mapping[str, str] = {
    # the text
    "alias": "write the value out, or use a parameter",
    "duplicate-key": "keep one of the two",
    "key": "write the key as plain text",
    "merge-key": "use a block, or `extends`",
    "not-a-spec": "a spec begins with `archc: 1`",
    "not-finite": "write a finite number, or divide by something larger",
    "not-text": "is it a spec? Save it as UTF-8 text",
    "several-documents": "put each spec in a file of its own, without `---`",
    "tab": "replace the tab by spaces",
    "tag": "remove the tag: numbers, texts and lists need none",
    "too-deep": "name an inner part: a block, a parameter or a `let`",
    "too-large": "make it smaller; `docs/language.md` lists the limits",
    "unclosed-expression": "close the parenthesis, or write `$$` for a dollar sign",
    "yaml": "see what is open on the lines before: a quote, a bracket, an indentation",
    # the document
    "missing-key": "add the key",
    "name": "letters, digits and `_`; no word of Python, no function of expressions, not `x`",
    "type": "write a value of that kind",
    "unknown-key": "remove the key, or spell it as the language does",
    "version": "write `archc: 1`",
    # other files
    "circle": "a file cannot extend or use itself",
    "outside": "a path stays in this file's folder or below",
    "unknown-block": "define it under `blocks`, or take it from another file with `use`",
    "unknown-spec": "a name is that of a file beside this one, or of the library; a path has a `/` or ends in `.yaml`",
    "unreadable": "check that the file is there and that you may read it",
    "unused-parameter": "remove it, or read it with `$` in a step",
    # parameters and inputs
    "input": "sizes are whole numbers above 0; `null` stands for one known only at run time",
    "missing-parameter": "give it a default in the spec, or set it",
    "parameter": "change the value, or the parameter's type and limits",
    "unknown-input": "use a name that stands under `inputs`",
    "unknown-parameter": "use a name that stands under `params`",
    # expressions
    "division": "the divisor must not be 0",
    "expression": "expressions are a part of Python: `docs/language.md` lists what they hold",
    "index": "items count from 0; `len(…)` is their number",
    "unknown-attribute": "a tensor has shape, height, width, channels and rank; a map has its keys",
    "unknown-function": "`docs/language.md` lists the functions of expressions",
    "unknown-name": "name it before: a parameter, an input, `let`, `as` or a loop",
    # steps
    "argument": "change the value of this argument",
    "branch": "a branch is a step, a list of steps, `[]`, or the name of a tensor",
    "head": "give the parameter `choices`, each an op or a block that takes these arguments",
    "inputs": "name the tensors: `from: [a, b]`",
    "misplaced-modifier": "move it left, beside the op",
    "missing-argument": "add the argument",
    "name-taken": "choose another name",
    "no-branch": "list its branches, each a step, a list or a name",
    "output": "let the block leave it, with `outputs`",
    "outputs": "`as` has one name, or as many as the block has `outputs`",
    "recursion": "repeat with `for`; a block never uses itself",
    "share": "steps with one share do the same",
    "step": "a step is `Op: arguments`, `block: arguments`, or one of `for`, `do`, `side` and `let`",
    "unknown-argument": "remove it, or spell it as the op or block does",
    "unknown-op": "ops are Keras's layers; what a spec defines itself is written in snake_case",
    "unknown-tensor": "give the tensor a name with `as`, at the step that leaves it",
    # the network
    "no-layers": "a network has `layers`, and at least one of them on its path",
    "no-source": "`--flat` writes a line a layer, whatever the spec says",
    "shape": "change the arguments, or what reaches the step",
    "too-many-layers": "count the rounds of the loops around it",
    "too-many-steps": "count the rounds of the loops around it",
    "unknown-layer": "`archc summary --full` shows the names",
    "unknown-size": "declare the size of the input, or pool over it",
    "unneeded": "take it up with `from`, mark it `output`, or remove it",
}
