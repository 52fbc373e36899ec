"""Names and lines of Python source for what a network calls its layers."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable, Iterator

WIDTH = 120
_LONGEST = 60

# What a module of PyTorch has already, which a layer of that name would replace.
_OF_MODULES = """
    T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches
    eval extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict
    modules mtia named_buffers named_children named_modules named_parameters parameters register_backward_hook
    register_buffer register_forward_hook register_forward_pre_hook register_full_backward_hook
    register_full_backward_pre_hook register_load_state_dict_post_hook register_load_state_dict_pre_hook
    register_module register_parameter register_state_dict_post_hook register_state_dict_pre_hook requires_grad_
    set_extra_state set_submodule share_memory state_dict to to_empty train training type xpu zero_grad
"""

RESERVED = frozenset(
    [
        *_OF_MODULES.split(),
        *keyword.kwlist,
        *keyword.softkwlist,
        *(name for name in dir(builtins) if name.islower()),
        *("self", "torch", "nn", "F", "x"),
    ]
)


def identifiers(names: Iterable[str], reserved: Iterable[str] = ()) -> list[str]:
    """An identifier for each name, no two alike, none of them a word that the module or Python uses.

    What cannot stand in an identifier becomes `_`, a first digit gets `layer_` before it, a reserved word `_` behind
    it, and what is taken by an earlier name a number.
    """
    taken = RESERVED.union(reserved)
    given: set[str] = set()
    found = []
    for name in names:
        word = re.sub(r"[^A-Za-z0-9_]", "_", name[:_LONGEST]).lstrip("_") or "layer"
        word = f"layer_{word}" if word[0].isdigit() else word
        word = f"{word}_" if word in taken else word
        found.append(_numbered(word, given))
        given.add(found[-1])
    return found


def _numbered(word: str, given: set[str]) -> str:
    number, free = 2, word
    while free in given:
        free, number = f"{word}_{number}", number + 1
    return free


def class_name(name: str, reserved: Iterable[str] = ()) -> str:
    """The name of a class for a network: `ResNet-50` is `ResNet50`, `LeNet-5 (1998)` is `LeNet5_1998`."""
    word = ""
    for part in re.findall(r"[A-Za-z0-9]+", name[:_LONGEST]):
        word += f"_{part}" if word[-1:].isdigit() and part[0].isdigit() else part[0].upper() + part[1:]
    word = word or "Network"
    word = f"Net{word}" if word[0].isdigit() else word
    return f"{word}_" if word in RESERVED.union(reserved) or hasattr(builtins, word) else word


def wrapped(line: str, indent: int) -> list[str]:
    """A statement as `ruff format` breaks it, where it is longer than a line."""
    if indent + len(line) <= WIDTH:
        return [" " * indent + line]
    target, equals, value = line.partition(" = ")
    if equals and len(operands := list(_operands(value))) > 1:
        return _bracketed(f"{target} = (", operands, ")", indent, separator="")
    if line.startswith("return ") and len(items := _parts(line.removeprefix("return "))) > 1:
        return _bracketed("return (", items, ")", indent, together=False)
    opened, closed = _last_brackets(line, WIDTH - indent)
    if opened < 0:
        return [" " * indent + line]
    if equals and indent + opened + 1 > WIDTH:
        return _bracketed(f"{target} = (", [value], ")", indent, separator="")
    called = opened > 0 and (line[opened - 1].isalnum() or line[opened - 1] == "_")
    body = line[opened + 1 : closed]
    return _bracketed(line[: opened + 1], _parts(body), line[closed:], indent, together=called)


def _bracketed(
    head: str, parts: list[str], tail: str, indent: int, separator: str = ",", together: bool = True
) -> list[str]:
    """The parts between the two lines: on one line if they fit and may be together, else a line each."""
    body = f"{separator} ".join(parts)
    if together and indent + 4 + len(body) <= WIDTH:
        inside = [" " * (indent + 4) + body]
    else:
        inside = [line for part in parts for line in _part(part, separator, indent + 4)]
    return [" " * indent + head, *inside, " " * indent + tail]


def _part(part: str, separator: str, indent: int) -> list[str]:
    if indent + len(part) + len(separator) <= WIDTH:
        return [" " * indent + part + separator]
    lines = wrapped(part, indent)
    return [*lines[:-1], lines[-1] + separator]


def _depths(text: str) -> Iterator[tuple[int, str, int]]:
    """Each character with its place and the number of brackets around it."""
    depth = 0
    for place, character in enumerate(text):
        depth -= character in ")]"
        yield place, character, depth
        depth += character in "(["


def _parts(text: str) -> list[str]:
    """What commas part, outside of brackets."""
    cuts = [place for place, character, depth in _depths(text) if character == "," and not depth]
    edges = zip([0, *(cut + 1 for cut in cuts)], [*cuts, len(text)], strict=True)
    return [part for start, end in edges if (part := text[start:end].strip())]


def _operands(text: str) -> Iterator[str]:
    """What `+`, `-` and `*` join, outside of brackets, each with the operator before it."""
    cuts = [place for place, character, depth in _depths(text) if not depth and re.match(r" [-+*] ", text[place:])]
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        yield text[start:end].strip()


def _last_brackets(text: str, room: int) -> tuple[int, int]:
    """The places of the last parentheses that stand in no others and open within the room, or of the first; or -1."""
    outer = [place for place, character, depth in _depths(text) if not depth and character in "()"]
    pairs = list(zip(outer[::2], outer[1::2], strict=True))
    return next((pair for pair in reversed(pairs) if pair[0] < room), next(iter(pairs), (-1, -1)))
