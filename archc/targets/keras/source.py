"""Keras source of a network, as a person would have written it: with the structure of its spec, or a line a layer."""

from __future__ import annotations

import ast

from archc.codegen.identifiers import Names
from archc.codegen.module import SourceRequest, module_source
from archc.codegen.tree import assign, attribute, call, variable
from archc.diagnostics import SpecError
from archc.targets.keras.copied_functions import functions_in, imports_and_copies, reserved_names
from archc.targets.keras.flat_source import flat_function
from archc.targets.keras.function_definitions import function_definitions

_IMPORTS = ("import keras", "from keras import layers")


def source(request: SourceRequest) -> str:
    """A module whose last function makes the network's model.

    Raises:
        SpecError: the structure of the spec cannot be written, or cannot end at a layer.
    """
    definitions: list[ast.stmt] = []
    if request.flat:
        name = Names(reserved_names()).give(request.heading.function)
        function, used = flat_function(request.graph, name, request.name, request.heading.network)
    else:
        if request.settings.outputs or request.settings.features:
            message = "source with the structure of the spec ends where the spec does"
            raise SpecError.of("usage", message, None, "`--flat` ends at any layer")
        if request.settings.freeze:
            message = "source with the structure of the spec trains what the spec does"
            hint = "`--flat` freezes any layer; so does the spec that `archc import` writes"
            raise SpecError.of("usage", message, None, hint)
        (*blocks, function), module = function_definitions(request)
        used = module.used.union(*map(functions_in, (*blocks, function)))
        for choices, table in module.tables.items():
            keys = [ast.Constant(choice) for choice, _ in choices]
            functions = ast.Dict([*keys], [variable(called) for _, called in choices])
            definitions.append(assign([table], functions))
        definitions = [*blocks, *definitions]
    standard, copies = imports_and_copies(used)
    main = call(attribute(call(function.name), "summary"))
    return module_source(request.heading.module, [standard, _IMPORTS], [*copies, *definitions, function], main)
