"""Models of generated source, to hold against those that archc builds itself."""

from __future__ import annotations

import json
from inspect import signature
from typing import Any

from archc.diagnostics import SpecError
from archc.elaborate.expand import Settings
from archc.network import Network, from_spec


def executed(source: str) -> Any:
    """The function of generated source that makes the model: the module's last."""
    module: dict[str, Any] = {"__name__": "made"}
    exec(compile(source, "made.py", "exec"), module)
    return [made for made in module.values() if getattr(made, "__module__", None) == "made" and callable(made)][-1]


def config(model: Any) -> Any:
    """What a model is, lists and tuples alike."""
    return json.loads(json.dumps(model.get_config(), default=str))


def differences(network: Network, **others: dict[str, Any]) -> list[str]:
    """Where generated source makes another model than archc; nothing where it makes the same.

    Args:
        network: at its own values.
        **others: values of parameters that the function is called with too, by a word for them, unless archc refuses
            them.
    """
    built = config(network.build())
    make = executed(network.source())
    found = [] if config(make()) == built else ["structured"]
    found += [] if config(executed(network.source(flat=True))()) == built else ["flat"]
    for word, values in others.items():
        try:
            other = from_spec(network.spec, Settings(values)).build()
        except SpecError:
            continue
        found += [] if config(make(**_arguments(make, network, values))) == config(other) else [word]
    return found


def _arguments(make: Any, network: Network, values: dict[str, Any]) -> dict[str, Any]:
    """The values by the names that the function gives the parameters, which stand in the same order."""
    own = [taken.name for taken in signature(make).parameters.values() if taken.kind is taken.KEYWORD_ONLY]
    names = dict(zip(network.spec.params, own, strict=True))
    return {names[name]: value for name, value in values.items()}
