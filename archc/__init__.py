"""A compiler for neural-network architectures.

Attributes:
    __version__: of the package.
"""

from archc.diagnostics import Diagnostic, SpecError
from archc.network import Network, load

__all__ = ["Diagnostic", "Network", "SpecError", "__version__", "load"]
__version__ = "0.1.0"
