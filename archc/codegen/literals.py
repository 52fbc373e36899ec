"""Literals of Python: texts and numbers."""

from __future__ import annotations


def literal_text(value: object, preferred: str) -> str:
    """A text, a number, a boolean, None or `...`; a text in other quotes than the preferred for fewer backslashes."""
    if isinstance(value, str):
        other = "'" if preferred == '"' else '"'
        quote = other if value.count(preferred) > value.count(other) else preferred
        return f"{quote}{escaped(value, quote)}{quote}"
    if isinstance(value, float):
        digits, exponent, power = repr(value).partition("e")
        return f"{digits}e{int(power)}" if exponent else digits
    return "..." if value is ... else repr(value)


def escaped(text: str, quote: str) -> str:
    """A text with the escapes that it needs between these quotes."""
    if text.isprintable() and "\\" not in text and quote not in text:
        return text
    return "".join(_escaped(character, quote) for character in text)


def _escaped(character: str, quote: str) -> str:
    if character in ("\\", quote):
        return f"\\{character}"
    if character.isprintable():
        return character
    return repr(character)[1:-1] if character.isascii() else f"\\U{ord(character):08x}"
