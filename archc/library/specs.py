"""Finds specs: by name in the library, by path, in a revision, from standard input; and what they extend and use."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from archc import limits
from archc.collector import Collector
from archc.diagnostics import Position, Related, SpecError, did_you_mean, printable
from archc.language.document import Block, Document, Fact, InputDeclaration, Paper, Parameter, Preprocess, Reference
from archc.language.document_reader import read_document
from archc.language.memory import without_collection
from archc.language.sources import DISK, Files
from archc.language.steps import Step, Steps, Unreadable, names_read
from archc.language.template import Compiled, names_in
from archc.language.yaml_reader import Source, decode
from archc.library.paths import library_paths


class Namespace(dict[str, "tuple[Block, Namespace]"]):
    """The blocks that a file sees, each with the blocks that it sees itself."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, eq=False)
class Spec:
    """A network or a library of blocks, with all that it extends and uses.

    Attributes:
        label: what the user called it: a name, a path, `git:REV:path`, `-`.
        document: the file itself.
        chain: the files that it extends, the nearest first.
        facts: those of the file itself; the others' are not inherited.
        sources: the texts of all files that it is made of, its own first.
    """

    label: str
    document: Document
    chain: tuple[Document, ...]
    name: str
    summary: str | None
    paper: Paper | None
    params: Mapping[str, Parameter]
    inputs: tuple[InputDeclaration, ...]
    layers: Steps
    outputs: tuple[tuple[Compiled, Position], ...] | None
    preprocess: Preprocess | None
    facts: tuple[Fact, ...]
    blocks: Namespace
    sources: tuple[Source, ...]

    @property
    def family(self) -> str:
        """The folder that holds the spec."""
        return self.document.source.folder.name


def find_source(label: str) -> Source:
    """The text that a name, a path, `git:REV:path` or `-` stands for.

    Raises:
        SpecError: there is no such spec, or it cannot be read.
    """
    if label == "-":
        content = sys.stdin.buffer.read(limits.FILE_BYTES + 1)
        return Source("<stdin>", decode(content, "<stdin>"), Path.cwd(), None)
    if label.startswith("git:"):
        from archc.library import revision

        return _read_file(*revision.opened(label))
    if is_path(label):
        return _read_file(DISK, Path(label), label)
    path = library_paths().get(label)
    if path is None:
        hint = (
            did_you_mean(label, library_paths())
            or "`archc list` shows the library; a path has a `/` or ends in `.yaml`"
        )
        raise SpecError.of("unknown-spec", f"no spec of the library is called `{printable(label[:60])}`", None, hint)
    return _read_file(DISK, path)


def is_path(label: str) -> bool:
    """Whether a text is a path to a spec rather than a name."""
    return "/" in label or os.sep in label or label.endswith((".yaml", ".yml"))


def _read_file(files: Files, path: Path, file: str | None = None) -> Source:
    """The text of a file; `file` is what messages call it, where that is what the user called it."""
    file = files.shown(path) if file is None else file
    content = files.content(path)
    return Source(printable(file), decode(content, printable(file)), path.parent, files.resolved(path), files)


def load_spec(label: str, collector: Collector) -> Spec | None:
    """Reads a spec and all that it extends and uses; what is wrong is reported.

    Returns:
        The spec; None where there is nothing to go on with.
    """
    try:
        source = find_source(label)
    except SpecError as error:
        collector.report(error)
        return None
    return resolve(source, label, collector)


def resolve(source: Source, label: str, collector: Collector) -> Spec | None:
    """Like `load_spec`, for a text that is at hand."""
    try:
        with without_collection():
            document = read_document(source, collector)
        spec = None if document is None else _Resolver(collector).spec(document, label, ())
        if spec is not None:
            _check_whole(spec, collector)
    except SpecError:  # so many faults that the run ended
        return None
    return spec


class _Resolver:
    """Follows `extends` and `use`, each file read once."""

    def __init__(self, collector: Collector) -> None:
        self.collector = collector
        self.read: dict[Path, Document | None] = {}

    def spec(self, document: Document, label: str, ancestors: tuple[tuple[Document, Position], ...]) -> Spec | None:
        """The document with what it extends and uses.

        Args:
            document: the file.
            label: what it is called.
            ancestors: the files that led here, with the place of the reference in each.
        """
        parent: Spec | None = None
        if document.extends is not None:
            parent = self.follow(document, document.extends, ancestors)
            if parent is None and not (document.layers and self.collector.reported("circle", document.extends.at)):
                return None
        blocks, used = self.blocks(document, parent, ancestors)
        params = self.params(document, parent)
        files = [document.source, *(parent.sources if parent else ()), *used]
        return Spec(
            label=label,
            document=document,
            chain=(parent.document, *parent.chain) if parent else (),
            name=document.name or label,
            summary=document.summary,
            paper=document.paper or (parent.paper if parent else None),
            params=params,
            inputs=document.inputs if document.inputs is not None else parent.inputs if parent else (),
            layers=document.layers if document.layers is not None else parent.layers if parent else (),
            outputs=document.outputs if document.outputs is not None else parent.outputs if parent else None,
            preprocess=document.preprocess or (parent.preprocess if parent else None),
            facts=document.facts,
            blocks=blocks,
            sources=tuple(dict.fromkeys(files)),
        )

    def follow(
        self, document: Document, reference: Reference, ancestors: tuple[tuple[Document, Position], ...]
    ) -> Spec | None:
        """The spec that a reference in a document stands for; what is wrong is reported."""
        try:
            source = self.find(document, reference)
        except SpecError as error:
            self.collector.report(error, reference.at)
            return None
        trail = (*ancestors, (document, reference.at))
        circle = [index for index, (found, _) in enumerate(trail) if found.source.path == source.path and source.path]
        if circle:
            related = [Related("which begins here", at) for _, at in trail[circle[0] : -1]]
            message = f"`{printable(reference.name)}` leads back to {trail[circle[0]][0].source.file}: a circle"
            self.collector.add("circle", message, reference.at, related=related)
            return None
        if len(trail) > limits.DEPTH:
            hint = "take a file out of the chain"
            self.collector.add(
                "too-deep", f"more than {limits.DEPTH} files extend or use one another", reference.at, hint
            )
            return None
        path = source.path
        if path is None or path not in self.read:
            found = read_document(source, self.collector)
            if path is not None:
                self.read[path] = found
        else:
            found = self.read[path]
        return None if found is None else self.spec(found, reference.name, trail)

    def find(self, document: Document, reference: Reference) -> Source:
        """The file that a reference names: beside the document, else in the library."""
        name, source = reference.name, document.source
        files, folder, own = source.files, source.folder, source.path
        if "\0" in name:
            raise SpecError.of("unknown-spec", f"no file is called `{printable(name[:60])}`", reference.at)
        if is_path(name):
            path = folder / name
            if Path(name).is_absolute() or not files.resolved(path).is_relative_to(files.resolved(folder)):
                message = f"`{printable(name[:100])}` leaves the folder of this file"
                raise SpecError.of("outside", message, reference.at, "a path stays in this file's folder or below")
            return _read_file(files, path)
        path = folder / f"{name}.yaml"
        resolved = files.resolved(path)
        if files.has(path) and resolved != own and resolved.parent == files.resolved(folder):
            return _read_file(files, path)
        library = library_paths().get(name)
        if library is not None and library.resolve() != own:
            return _read_file(DISK, library)
        beside = [found.stem for found in files.specs(folder) if files.resolved(found) != own]
        hint = (
            did_you_mean(name, [*beside, *library_paths()])
            or "a name is that of a file beside this one, or of the library"
        )
        raise SpecError.of("unknown-spec", f"there is no spec `{printable(name[:60])}`", reference.at, hint)

    def blocks(
        self, document: Document, parent: Spec | None, ancestors: tuple[tuple[Document, Position], ...]
    ) -> tuple[Namespace, list[Source]]:
        """What the document's steps see, and the files that blocks come from.

        A block replaced here is replaced wherever the other spec uses it.
        """
        made, files = Namespace(), list[Source]()
        if parent is not None:
            for inherited, (block, namespace) in parent.blocks.items():
                made[inherited] = block, made if namespace is parent.blocks else namespace
        for reference, names in document.use:
            used = self.follow(document, reference, ancestors)
            files += used.sources if used is not None else ()
            for name in names:
                if name.name in document.blocks:
                    at = document.blocks[name.name].at
                    hint = "call one of the two otherwise"
                    self.collector.add("name", f"`{name.name}` is used from `{reference.name}` already", at, hint)
                if used is None:
                    made[name.name] = Block(name.name, {}, (), (Step(Unreadable(), name.at),), (), name.at), made
                elif name.name in used.blocks:
                    made[name.name] = used.blocks[name.name]
                else:
                    hint = did_you_mean(name.name, used.blocks) or f"it has: {', '.join(used.blocks) or 'none'}"
                    self.collector.add("unknown-block", f"`{reference.name}` has no block `{name.name}`", name.at, hint)
        for own, block in document.blocks.items():
            made[own] = block, made
        return made, files

    def params(self, document: Document, parent: Spec | None) -> dict[str, Parameter]:
        """The parameters of both, the document's defaults replacing the other's."""
        merged = dict(parent.params) if parent else {}
        for name, given in document.params.items():
            merged[name] = _inherited(given, merged[name]) if name in merged else given
        if parent is not None:
            read = _names_read(document, parent)
            for name, given in document.params.items():
                if name not in parent.params and name not in read:
                    hint = did_you_mean(name, parent.params)
                    extended = document.extends.name if document.extends else ""
                    message = f"nothing reads the parameter `{name}`, which `{printable(extended)}` lacks"
                    self.collector.add("unused-parameter", message, given.at, hint)
        return merged


def _inherited(given: Parameter, inherited: Parameter) -> Parameter:
    """A new default that keeps the other's type, limits and help, but for what is said anew."""
    return inherited._replace(
        at=given.at,
        default=given.default,
        required=given.required,
        type=given.type or inherited.type,
        named_type=given.named_type or inherited.named_type,
        min=inherited.min if given.min is None else given.min,
        max=inherited.max if given.max is None else given.max,
        choices=given.choices or inherited.choices,
        help=given.help or inherited.help,
    )


def _names_read(document: Document, parent: Spec) -> set[str]:
    """The names that a document and what it extends read, as values of parameters."""
    read = {name for name, _ in names_read(document.layers if document.layers is not None else parent.layers)}
    inputs = document.inputs if document.inputs is not None else parent.inputs
    values = [made.shape for made in inputs]
    values += [param.default for param in (*document.params.values(), *parent.params.values())]
    values += [value for fact in document.facts for value in (fact.of, fact.value, fact.computed)]
    return read | {name for value in values for name, _ in names_in(value)}


def _check_whole(spec: Spec, collector: Collector) -> None:
    """Checks what a network needs once everything that it extends is there."""
    document = spec.document
    if "layers" in document.given or document.extends is not None:
        if "name" not in document.given:
            hint = "add `name`, the name that people use"
            collector.add("missing-key", "a network needs `name`", document.at, hint)
        if not spec.inputs and not {"input", "inputs"} & document.given:
            collector.add("missing-key", "a network needs `input`", document.at, "`input: [224, 224, 3]`")
    elif not document.blocks and "blocks" not in document.given:
        hint = "add `layers`, or `blocks` for others to use"
        collector.add("missing-key", "a spec needs `layers` or `blocks`", document.at, hint)
