"""A compiler for neural-network architectures.

Public names are imported when they are used first, so that `import archc` and `archc --version` are fast.

Attributes:
    __version__: of the package.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from archc.version import __version__

if TYPE_CHECKING:
    from archc.diagnostics import Diagnostic, SpecError
    from archc.families import Family, family
    from archc.network import Network, load, loads
    from archc.sweeps.run import sweep
else:

    def __getattr__(name: str) -> object:
        """A public name, imported from its module."""
        module = _MODULES.get(name)
        if module is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(module), name)
        globals()[name] = value
        return value


__all__ = ["Diagnostic", "Family", "Network", "SpecError", "__version__", "family", "load", "loads", "sweep"]

_MODULES = {
    "Diagnostic": "archc.diagnostics",
    "Family": "archc.families",
    "Network": "archc.network",
    "SpecError": "archc.diagnostics",
    "family": "archc.families",
    "load": "archc.network",
    "loads": "archc.network",
    "sweep": "archc.sweeps.run",
}


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
