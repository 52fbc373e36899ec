"""Names in the source of a PyTorch module for what a network calls its layers."""

from __future__ import annotations

import re
from collections.abc import Iterable

from archc.codegen import identifiers as names
from archc.codegen.identifiers import Names, identifier
from archc.targets.torch.functions import FUNCTIONS

_LONGEST = 60

# The attributes of `nn.Module`, which a layer of that name would replace.
_OF_MODULES = """
    T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches
    eval extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict
    modules mtia named_buffers named_children named_modules named_parameters parameters register_backward_hook
    register_buffer register_forward_hook register_forward_pre_hook register_full_backward_hook
    register_full_backward_pre_hook register_load_state_dict_post_hook register_load_state_dict_pre_hook
    register_module register_parameter register_state_dict_post_hook register_state_dict_pre_hook requires_grad_
    set_extra_state set_submodule share_memory state_dict to to_empty train training type xpu zero_grad
"""

RESERVED = frozenset((*_OF_MODULES.split(), *FUNCTIONS, "self", "torch", "nn", "F", "x"))
"""Words that already mean something in the source of a module."""


def identifiers(names: Iterable[str]) -> list[str]:
    """An identifier for each name, each different: an attribute of a module, so that none begins with `_`."""
    given = Names(reserved=RESERVED)
    return [given.give(identifier(name[:_LONGEST]).lstrip("_") or "layer") for name in names]


def class_name(name: str) -> str:
    """The name of a class for a network: `ResNet-50` is `ResNet50`, `LeNet-5 (1998)` is `LeNet5_1998`."""
    word = ""
    for part in re.findall(r"[A-Za-z0-9]+", name[:_LONGEST]):
        word += f"_{part}" if word[-1:].isdigit() and part[0].isdigit() else part[0].upper() + part[1:]
    word = word or "Network"
    word = f"Net{word}" if word[0].isdigit() else word
    return f"{word}_" if word in names.RESERVED | RESERVED else word
