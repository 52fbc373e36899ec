"""The vocabulary: one family of ops a file, one class an op, found by scanning this folder."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from archc.ir.op import Op


@cache
def registry() -> Mapping[str, type[Op]]:
    """Every op by the word that a spec uses for it, in the order of the files and in them."""
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    return {
        class_.__name__: class_
        for module in modules
        for class_ in vars(module).values()
        if isinstance(class_, type)
        and issubclass(class_, Op)
        and class_.__module__ == module.__name__
        and not class_.__name__.startswith("_")
    }
