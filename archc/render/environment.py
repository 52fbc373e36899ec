"""How a template runs: in a sandbox, without names that are not there, within bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import partial, wraps
from typing import Any

from jinja2 import (
    FunctionLoader,
    StrictUndefined,
    TemplateAssertionError,
    UndefinedError,
    nodes,
    pass_context,
)
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from archc.render.bounds import Costs, Counting, check_operation, check_padding
from archc.render.filters import FILTERS
from archc.render.shipped import shipped_source

_ENTERED, _JOINED, _MEASURED = "entry into a body", "joined texts", "measured value"  # no template can name them
_ROUNDS_OF_A_CALL = 10
_LEFT_OUT = ("lipsum",)


class UnknownNameError(UndefinedError):
    """A name that is not there.

    Attributes:
        owner: what it is looked up in; None for a variable.
        name: as it is written.
    """

    def __init__(self, message: str | None, owner: Any, name: Any) -> None:
        super().__init__(message)
        self.owner = owner
        self.name = name


class UnknownWordError(TemplateAssertionError):
    """A filter or test that is not there.

    Attributes:
        kind: `filter` or `test`.
        known: those that are.
    """

    def __init__(self, kind: str, word: str, known: Mapping[str, Any], line: int) -> None:
        super().__init__(f"no {kind} {word}", line)
        self.kind = kind
        self.word = word
        self.known = [name for name in known if name.isidentifier()]


class _Undefined(StrictUndefined):
    """A name that is not there, which may be tested with `is defined` and with `default`, and not be used."""

    __slots__ = ()

    def __init__(
        self, hint: str | None = None, obj: Any = missing, name: Any = None, exc: type[Exception] = UndefinedError
    ) -> None:
        failure: Any = exc if exc is SecurityError else partial(UnknownNameError, owner=obj, name=name)
        super().__init__(hint, obj, name, failure)

    __repr__ = StrictUndefined.__str__  # in a list that is printed


_NAMED_BY_ARGUMENTS = {
    "map": ("filter", 0), "select": ("test", 0), "reject": ("test", 0), "selectattr": ("test", 1),
    "rejectattr": ("test", 1),
}  # fmt: skip
"""Filters that another filter or a test is an argument of: which it is, and its place."""


def _words(node: nodes._FilterTestCommon) -> Iterator[tuple[str, str]]:
    """The names of filters and tests in a use of one, each with its kind."""
    kind = "filter" if isinstance(node, nodes.Filter) else "test"
    yield kind, node.name
    if kind == "filter" and node.name in _NAMED_BY_ARGUMENTS:
        named, place = _NAMED_BY_ARGUMENTS[node.name]
        given = node.args[place : place + 1]
        if given and isinstance(given[0], nodes.Const) and isinstance(given[0].value, str):
            yield named, given[0].value


class TemplateEnvironment(ImmutableSandboxedEnvironment):
    """The environment of one run of a template. Only shipped templates are included, extended or imported."""

    intercepted_binops = frozenset({"*", "**", "+", "%"})

    def __init__(self) -> None:
        super().__init__(
            undefined=_Undefined,
            autoescape=False,
            finalize=self._printed,
            loader=FunctionLoader(shipped_source),
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self.costs = Costs()
        for name in _LEFT_OUT:
            del self.globals[name]
        counted = {name: self._counted(name, function) for name, function in {**self.filters, **FILTERS}.items()}
        self.filters = {**counted, _ENTERED: self._entered, _JOINED: self._joined, _MEASURED: self._measured}
        self.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "default": self._json}

    def _generate(self, source: nodes.Template, *args: Any, **kwargs: Any) -> str:
        self._check_words(source)
        return super()._generate(Counting(_ENTERED, _JOINED, _MEASURED).visit(source), *args, **kwargs)

    def _check_words(self, source: nodes.Template) -> None:
        """Checks the filters and tests of a template, which would be found only where they are used.

        Raises:
            UnknownWordError: there is no such filter or test.
        """
        known: dict[str, Mapping[str, Any]] = {"filter": self.filters, "test": self.tests}
        for node in source.find_all((nodes.Filter, nodes.Test)):
            for kind, word in _words(node):
                if word not in known[kind]:
                    raise UnknownWordError(kind, word, known[kind], node.lineno)

    # --- costs ---

    @pass_context
    def _entered(self, _context: Context, printed: int) -> bool:
        self.costs.add_rounds(1)
        self.costs.add_printed(printed)
        return True

    @pass_context
    def _measured(self, _context: Context, value: Any) -> Any:
        self.costs.add_values(value)
        return value

    @pass_context
    def _printed(self, _context: Context, value: Any) -> str:
        self.costs.add_values(value)
        text = str(value)
        self.costs.add_printed(len(text))
        return text

    def _joined(self, values: list[Any]) -> str:
        self.costs.add_values(values)
        texts = [str(value) for value in values]
        self.costs.add_values(texts)
        return "".join(texts)

    def _counted(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The filter, as one that counts what it takes and gives."""

        @wraps(function)
        def filter_(*arguments: Any, **named: Any) -> Any:
            given = arguments[1:] if hasattr(function, "jinja_pass_arg") else arguments
            self.costs.add_filtered(*given, *named.values())
            check_padding(name, given[0] if given else None, (*given[1:], *named.values()))
            if name == "wordwrap":
                self.costs.add_wrapping(*given, **named)
            made = function(*arguments, **named)
            self.costs.add_filtered(made)
            return made

        return filter_

    def call(self, context: Context, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Calls a function, a method or a macro, within bounds."""
        bound = getattr(getattr(function, "__wrapped__", function), "__self__", None)  # the sandbox wraps `format`
        self.costs.add_rounds(_ROUNDS_OF_A_CALL)
        self.costs.add_filtered(bound, *args, *kwargs.values())
        check_padding(getattr(function, "__name__", ""), bound, (*args, *kwargs.values()))
        made = super().call(context, function, *args, **kwargs)
        self.costs.add_filtered(made)
        return made

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Computes, within bounds."""
        self.costs.add_values(left, right)
        check_operation(operator, left, right)
        made = super().call_binop(context, operator, left, right)
        self.costs.add_values(made)
        return made

    def _json(self, value: Any) -> Any:
        """What `tojson` does not know by itself."""
        if is_dataclass(value):
            self.costs.add_rounds(len(fields(value)))
            return {field.name: getattr(value, field.name) for field in fields(value)}
        if isinstance(value, Mapping):
            return dict(value)
        raise TypeError(f"{type(value).__name__} is no JSON")
