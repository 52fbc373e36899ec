"""No code reads a message: with every message replaced, codes, positions and subjects stay."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from archc.codes import CODES
from archc.diagnostics import Diagnostic, SpecError, printable
from archc.ir.op import ArgumentError
from archc.ir.shape import ShapeError
from archc.language.expression_functions import FunctionError
from archc.language.value import ExpressionError
from archc.network import load_network
from tests.elaborate.faults import Change, changed, diagnostics
from tests.elaborate.specs import wrong
from tests.elaborate.test_every_fault import CASES
from tests.elaborate.test_faults import NETWORKS, pairs, singles, write
from tests.elaborate.test_wrong import WRONG, settings

Place = tuple[str, object, str | None]
NONSENSE: dict[str, Callable[[str], str]] = {
    "one for all": lambda _: "nonsense",
    "one for each": lambda message: f"nonsense {crc32(message.encode(errors='replace'))}",
}


@pytest.fixture(params=NONSENSE)
def replaced(request: pytest.FixtureRequest) -> Iterator[Callable[[], None]]:
    """Replaces, once it is called, the messages and hints of all errors that are made."""
    nonsense = NONSENSE[request.param]
    patch = pytest.MonkeyPatch()
    of = SpecError.__dict__["of"].__func__

    def spec_error(
        cls: type[SpecError], /, code: str, message: str, position: Any = None, hint: str | None = None, **about: Any
    ) -> SpecError:
        made: SpecError = of(cls, code, nonsense(message), position, hint and nonsense(hint), **about)
        return made

    def with_nonsense(class_: type[Exception], place: int) -> Callable[..., None]:
        init = class_.__init__

        def make(self: Exception, *arguments: Any, **named: Any) -> None:
            init(self, *arguments[:place], nonsense(arguments[place]), *arguments[place + 1 :], **named)

        return make

    def replace() -> None:
        patch.setattr(SpecError, "of", classmethod(spec_error))
        for class_, place in ((ShapeError, 0), (ArgumentError, 0), (FunctionError, 0), (ExpressionError, 1)):
            patch.setattr(class_, "__init__", with_nonsense(class_, place))

    yield replace
    patch.undo()


def places(found: Iterator[Diagnostic] | tuple[Diagnostic, ...] | list[Diagnostic]) -> list[Place]:
    return [(one.code, one.position, one.about) for one in found]


def unmoved(find: Callable[[], tuple[Diagnostic, ...] | list[Diagnostic]], replace: Callable[[], None]) -> None:
    before = find()
    replace()
    after = find()
    assert places(after) == places(before)
    assert not before or {one.message for one in before}.isdisjoint(one.message for one in after)


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
def test_wrong_specs(path: Path, replaced: Callable[[], None]) -> None:
    def find() -> tuple[Diagnostic, ...]:
        with pytest.raises(SpecError) as caught:
            load_network(str(path), settings(path)).source()
        return caught.value.diagnostics

    unmoved(find, replaced)


@pytest.mark.parametrize(("network", "change"), singles())
def test_one_fault(tmp_path: Path, network: str, change: Change, replaced: Callable[[], None]) -> None:
    path, _ = write(tmp_path, network, [change])
    unmoved(lambda: diagnostics(path), replaced)


def test_two_faults(tmp_path: Path, replaced: Callable[[], None]) -> None:
    specs = []
    for number, pair in enumerate(pairs()):
        network, *changes = pair.values
        (folder := tmp_path / str(number)).mkdir()
        specs.append(write(folder, network, changes)[0])
    before = [places(diagnostics(path)) for path in specs]
    replaced()
    assert [places(diagnostics(path)) for path in specs] == before


@pytest.mark.parametrize("case", CASES)
def test_every_fault(case: str, replaced: Callable[[], None]) -> None:
    unmoved(lambda: wrong(CASES[case][0]), replaced)


@pytest.mark.parametrize("code", [code for code, record in CODES.items() if record.spec and not record.setting])
def test_the_examples_of_the_codes(code: str, replaced: Callable[[], None]) -> None:
    unmoved(lambda: wrong(CODES[code].spec), replaced)


def test_the_changes_are_made() -> None:
    assert all(changed(files, [change])[1] for files, changes in NETWORKS.values() for change in changes)


def test_messages_are_one_printable_line() -> None:
    found = SpecError.of("type", "a\nb\u202ec\x1b", None, "d\te").first
    assert (found.message, found.hint) == ("a\\nb\\u202ec\\x1b", "d\\te")


def test_nothing_printed_is_a_command_of_a_workflow() -> None:
    assert printable("::error::x\n ##[group]") == "\\x3a:error::x\n \\x23#[group]"
    assert printable("a::b # c") == "a::b # c"
