"""Objects of Keras with arguments that are the value of an argument, written as an op is: `{L2: 1e-4}`."""

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, create_model
from pydantic_core.core_schema import CoreSchema, no_info_plain_validator_function

from archc.ir.naming import snake_case
from archc.ops.argument_types import read_call

Described = Mapping[str, tuple[str, Mapping[str, Any]]]
"""What each object is, and its arguments in Keras's order with their types and defaults, by its name in Keras."""


class Configured(BaseModel):
    """An initializer, regularizer, constraint or activation with its arguments.

    Attributes:
        kind: the module of Keras that has it: `initializers`, `regularizers`, `constraints` or `activations`.
        described: all of the kind.
        configured_name: its name in Keras.
        named_alone: whether Keras reads the name without arguments.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    kind: ClassVar[str]
    described: ClassVar[Described]
    configured_name: ClassVar[str]
    named_alone: ClassVar[bool]

    def __init_subclass__(cls) -> None:
        cls.configured_name = cls.__name__
        cls.named_alone = cls.__name__ != "Constant"

    @classmethod
    def first_argument(cls) -> str | None:
        """The argument that a bare value stands for."""
        return next(iter(cls.model_fields), None)

    def arguments(self) -> dict[str, Any]:
        """The arguments that differ from Keras's defaults."""
        defaults = {name: field.default for name, field in type(self).model_fields.items()}
        return {name: getattr(self, name) for name in defaults if getattr(self, name) != defaults[name]}

    def keras_arguments(self) -> dict[str, Any]:
        """As `arguments`, with nested numbers as lists, which Keras saves as they are."""
        return {name: _listed(value) for name, value in self.arguments().items()}

    def held(self) -> "Configured | str":
        """What an op holds: the name in snake_case where there are no arguments, so that defaults are plain text."""
        return self if self.arguments() or not self.named_alone else snake_case(self.configured_name)


def _listed(value: Any) -> Any:
    """Nested numbers as lists; a tuple of axes as it is."""
    is_table = isinstance(value, tuple) and isinstance(value[0], float | tuple)
    return [_listed(item) for item in value] if is_table else value


@cache
def configured_classes(parent: type[Configured]) -> Mapping[str, type[Configured]]:
    """The classes of one kind by their names."""
    return {
        name: create_model(name, __base__=parent, __doc__=description, **arguments)
        for name, (description, arguments) in parent.described.items()
    }


class OneOf:
    """A field that holds a subclass of `parent`, written as an op is: a name, or a name with arguments."""

    def __init__(self, parent: type[Configured], *, optional: bool = True) -> None:
        self.parent, self.optional = parent, optional

    @property
    def what(self) -> str:
        """What is expected, for a reader."""
        return f"one of Keras's {self.parent.kind}"

    def classes(self) -> Mapping[str, type[Configured]]:
        """The classes by their names."""
        return configured_classes(self.parent)

    def words(self) -> Mapping[str, type[Configured]]:
        """The classes by all names that a spec may write."""
        classes = self.classes()
        return {**{snake_case(name): class_ for name, class_ in classes.items()}, **classes}

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        words = self.words()
        written = {
            "type": "object",
            "properties": {name: _arguments_schema(class_) for name, class_ in self.classes().items()},
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        }
        alone = [name for name, class_ in words.items() if not _has_required(class_)]
        choices = [{"enum": alone}, written, *([{"type": "null"}] if self.optional else [])]
        return {"title": self.parent.kind.removesuffix("s"), "anyOf": choices}

    def read(self, value: Any) -> Configured | str | None:
        """The object, or its name in snake_case where all its arguments have their defaults.

        Raises:
            ArgumentError: the value is not the name of a class.
            ValidationError: the class does not take these arguments.
        """
        if value is None and self.optional:
            return None
        if isinstance(value, Configured):
            value = {value.configured_name: value.arguments()}
        class_, arguments = read_call(value, self.words(), self.what)
        return class_(**arguments).held()


def _has_required(class_: type[Configured]) -> bool:
    return any(field.is_required() for field in class_.model_fields.values())


def _arguments_schema(class_: type[Configured]) -> dict[str, Any]:
    """What may stand under a name: arguments by name, one alone, or nothing."""
    named = class_.model_json_schema()
    first = class_.first_argument()
    alone = [] if first is None else [named["properties"][first]]
    return {"anyOf": [named, *alone, *([] if _has_required(class_) else [{"type": "null"}])]}
