"""Classes whose instances cannot be changed, and are made as fast as those that can."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any, NoReturn


class Frozen(type):
    """The type of a class whose instances are frozen, and whose base has the fields, as a plain dataclass with slots.

    A frozen dataclass sets each field by a call, which takes seven times as long as an assignment. Here an instance is
    made as one of the base, and then becomes one of the frozen class. The frozen class adds no field, so that both have
    one layout.
    """

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> Frozen:
        """The class, without slots of its own, and with refusals of changes."""
        return super().__new__(cls, name, bases, {"__slots__": (), **_REFUSALS, **namespace})

    def __call__(cls, *values: Any, **named: Any) -> Any:
        """A frozen instance with these values of the fields."""
        made: Any = cls.__base__(*values, **named)  # type: ignore[misc]  # the base is a dataclass
        made.__class__ = cls
        return made


def _refuse_to_set(_instance: object, name: str, _value: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(_instance: object, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _reduced(instance: Any) -> tuple[Any, ...]:
    """How a copy of an instance is made, as by `pickle`."""
    return type(instance), tuple(getattr(instance, name) for name in instance.__dataclass_fields__)


_REFUSALS = {"__setattr__": _refuse_to_set, "__delattr__": _refuse_to_delete, "__reduce__": _reduced}
