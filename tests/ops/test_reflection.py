"""The signatures of the ops against those of Keras, by reflection over the registry."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import keras
import pytest

import archc.ops
from archc.ir.naming import snake_case
from archc.ir.op import COMMON, Elementwise, Op, SeveralOutputs, Weightless
from archc.ops import registry, vocabulary
from archc.ops.cells import Cell
from archc.ops.configured import Configured, configured_classes
from archc.ops.weight_arguments import Constraint, Initializer, Regularizer
from archc.targets.keras import functions
from tests.ops.oracle import reader_of

LEFT_OUT = {
    "data_format": "the graph is channels last; the layout is a target's matter",
    "name": "a step's name is not the op's",
    "lora_rank": "fine-tuning of a trained network, no architecture",
    "lora_alpha": "fine-tuning of a trained network, no architecture",
    "quantization_config": "quantization of a trained network, no architecture",
    "gptq_unpacked_column_size": "quantization of a trained network, no architecture",
    "flash_attention": "how a machine computes it, no difference in what; not part of Keras's configuration either",
    "use_cudnn": "how a machine computes it, no difference in what; not part of Keras's configuration either",
    "vocabulary_dtype": "Keras takes int64 alone",
    "weights": "values, no architecture",
    "ragged": "no tensor of a network is ragged",
    "sparse": "no tensor of a network is sparse",
    "zero_output_for_mask": "what is left at steps that a mask leaves out, of which a spec says nothing",
    "stateful": "the batch is not part of a spec, and a state between batches needs its size",
}

GIVEN = {
    "bin_boundaries": "learned from data, if it is not given",
    "num_tokens": "Keras lets no layer be made without it",
    "vocabulary": "learned from data, if it is not given",
}
"""Arguments that an op must have, although Keras has a default."""

LEFT_OUT_OF_CONFIGURED = {
    "input_axes": "Keras's own layers pass it",
    "output_axes": "Keras's own layers pass it",
}

CLASSES_LEFT_OUT = {
    "STFT": "`STFTSpectrogram` makes it from its own arguments",
    "OrthogonalRegularizer": "takes matrices alone, and Keras finds that out in training",
}

KERAS_OPS = [name for name, op in registry().items() if op.function is None]
FUNCTIONS = [name for name, op in registry().items() if op.function is not None]


def parameters_of(callable_: Any) -> dict[str, inspect.Parameter]:
    parameters = inspect.signature(callable_).parameters
    skipped = {name for name, found in parameters.items() if found.kind is found.VAR_KEYWORD} | {"self", *COMMON}
    return {name: found for name, found in parameters.items() if name not in skipped}


@pytest.mark.parametrize("op_name", KERAS_OPS)
def test_fields_are_keras_arguments_in_keras_order(op_name: str) -> None:
    op = registry()[op_name]
    taken = parameters_of(getattr(keras.layers, op.__name__).__init__)
    at_call = [name for name in parameters_of(getattr(keras.layers, op.__name__).call) if name in op.called_with]
    assert op.own_arguments() == [name for name in taken if name not in LEFT_OUT] + at_call
    assert len(at_call) == len(op.called_with)


@pytest.mark.parametrize("op_name", KERAS_OPS)
def test_defaults_are_keras_defaults(op_name: str) -> None:
    op = registry()[op_name]
    layer = getattr(keras.layers, op.__name__)
    taken = parameters_of(layer.__init__) | parameters_of(layer.call)
    example = op(**op.examples[0].arguments)
    for name in op.own_arguments():
        field, theirs = op.model_fields[name], taken[name].default
        assert field.is_required() == (theirs is inspect.Parameter.empty or name in GIVEN), name
        if field.is_required():
            continue
        if module := reader_of(name):
            assert configured(module, field.default) == configured(module, theirs), name
        else:
            given = {**{own: getattr(example, own) for own in op.own_arguments()}, name: theirs}
            assert getattr(op(**given), name) == field.default, name


def configured(module: Any, identifier: Any) -> Any:
    made = module.get(identifier)
    return made and (type(made), made.get_config())


@pytest.mark.parametrize("op_name", FUNCTIONS)
def test_functions_take_the_arguments_of_their_op(op_name: str) -> None:
    op = registry()[op_name]
    parameters = inspect.signature(getattr(functions, str(op.function))).parameters
    named = {name: found for name, found in parameters.items() if found.kind is found.KEYWORD_ONLY}
    common = [name for name in COMMON if name in named]
    assert list(named) == [*op.own_arguments(), *common, "name"]
    assert len(parameters) - len(named) == max(op.arity[0], 1)
    for name in [*op.own_arguments(), *common]:
        field = op.model_fields[name]
        assert named[name].default == (inspect.Parameter.empty if field.is_required() else field.default), name
    if not common:
        for refused in ({"trainable": False}, {"dtype": "float16"}):
            with pytest.raises(ValueError, match="not allowed"):
                op(**op.examples[0].arguments, **refused)


@pytest.mark.parametrize("op_name", registry())
def test_every_op_is_documented_by_one_line_and_examples(op_name: str) -> None:
    op = registry()[op_name]
    first = (op.__doc__ or "").partition("\n")[0]
    assert first == op.__doc__
    assert re.fullmatch("[A-Z].*[.]", first)
    assert len(op.examples) >= 2 or not op.own_arguments()
    assert {name for example in op.examples for name in example.arguments} <= set(op.model_fields)
    least, most = op.arity
    for example in op.examples:
        taken, _ = op.model_validate(example.arguments).split_inputs(example.inputs)
        assert least <= len(taken) <= (most or len(taken))


@pytest.mark.parametrize("op_name", registry())
def test_every_argument_has_a_schema(op_name: str) -> None:
    op = registry()[op_name]
    schema = op.model_json_schema()
    assert set(schema["properties"]) == set(op.model_fields)
    for name, described in schema["properties"].items():
        assert {"type", "enum", "anyOf", "$ref"} & set(described), name


@pytest.mark.parametrize("op_name", registry())
def test_every_op_is_final(op_name: str) -> None:
    op = registry()[op_name]
    assert not op.__subclasses__()
    assert all(
        parent in (Op, Elementwise, Weightless) or parent.__name__.startswith("_")
        for parent in op.__mro__[1 : op.__mro__.index(Op)]
    )


def test_the_registry_is_every_op_of_the_folder() -> None:
    found = {
        name: value
        for module in iter_modules([str(Path(archc.ops.__file__).parent)])
        for name, value in vars(import_module(f"archc.ops.{module.name}")).items()
        if isinstance(value, type)
        and issubclass(value, Op)
        and value not in (Op, Elementwise, Weightless, SeveralOutputs)
        and not issubclass(value, SeveralOutputs | Cell)
        and not name.startswith("_")
    }
    assert dict(registry()) == found
    assert len(registry()) == len(found)
    assert "Nonsense" not in registry()
    assert set(vocabulary()) - set(registry()) == {"Split"}


def test_no_argument_is_left_out_without_need() -> None:
    taken = {name for op in KERAS_OPS for name in parameters_of(getattr(keras.layers, op).__init__)}
    assert set(LEFT_OUT) <= taken
    assert not set(LEFT_OUT) & {name for op in KERAS_OPS for name in registry()[op].own_arguments()}


def test_a_bare_value_stands_for_the_first_argument() -> None:
    firsts = {name: op.first_argument() for name, op in registry().items()}
    assert firsts["Dense"] == "units"
    assert firsts["MaxPooling2D"] == "pool_size"
    assert firsts["Conv2D"] is None  # which needs two
    assert firsts["Identity"] is None  # which has none


def test_positional_arguments_are_those_that_people_write_without_names() -> None:
    positional = {name: op.positional_arguments() for name, op in registry().items()}
    assert positional["Conv2D"] == ["filters", "kernel_size"]
    assert positional["SeparableConv1D"] == ["filters", "kernel_size"]
    assert positional["MultiHeadAttention"] == ["num_heads", "key_dim"]
    assert positional["ReLU"] == []
    assert positional["BatchNormalization"] == []
    optional = {name for name, op in registry().items() if op.first_positional}
    assert {name for name in optional if registry()[name].model_fields[positional[name][0]].is_required()} == {
        f"AveragePooling{rank}D" for rank in (1, 2, 3)
    }
    assert {positional[name][0] for name in optional} == {"pool_size", "padding", "cropping", "size"}
    named_alike = {
        name
        for name, op in registry().items()
        if op.own_arguments()[:1] and op.own_arguments()[0] in {"pool_size", "padding", "cropping", "size"}
    }
    assert optional == named_alike


def test_facts_of_ops() -> None:
    ops = registry()
    assert {name for name, op in ops.items() if op.merges} == {
        "Add", "AdditiveAttention", "Attention", "Average", "Concatenate", "Dot", "HashedCrossing", "Maximum",
        "Minimum", "Multiply", "Subtract",
    }  # fmt: skip
    assert {name for name, op in ops.items() if op.commutes} == {"Add", "Average", "Maximum", "Minimum", "Multiply"}
    assert {name for name, op in ops.items() if op.repeats_input} == {"GroupQueryAttention", "MultiHeadAttention"}
    assert all(op.arity[0] > 1 and not op.merges for op in ops.values() if op.repeats_input)
    widths = {
        "head_dim",
        "num_query_heads",
        "num_key_value_heads",
        "filters",
        "units",
        "groups",
        "depth_multiplier",
        "num_heads",
        "key_dim",
        "value_dim",
    }
    for op in ops.values():
        assert set(op.widths) == widths & set(op.model_fields), op.__name__


PARENTS: dict[str, type[Configured]] = {
    "initializers": Initializer,
    "regularizers": Regularizer,
    "constraints": Constraint,
}
CONFIGURED = [f"{kind}.{name}" for kind, parent in PARENTS.items() for name in configured_classes(parent)]


def both(name: str) -> tuple[Any, type[Configured]]:
    """The module of Keras, and our class."""
    kind, _, class_name = name.partition(".")
    return getattr(keras, kind), configured_classes(PARENTS[kind])[class_name]


@pytest.mark.parametrize("name", CONFIGURED)
def test_initializers_regularizers_and_constraints_are_those_of_keras(name: str) -> None:
    module, class_ = both(name)
    theirs = getattr(module, class_.configured_name)
    taken = {} if theirs.__init__ is object.__init__ else parameters_of(theirs.__init__)
    taken = {name: found for name, found in taken.items() if found.kind is not found.VAR_POSITIONAL}
    assert list(class_.model_fields) == [name for name in taken if name not in LEFT_OUT_OF_CONFIGURED]
    for argument, field in class_.model_fields.items():
        assert field.default == taken[argument].default, argument


@pytest.mark.parametrize("name", CONFIGURED)
def test_their_names_are_read_by_keras(name: str) -> None:
    module, class_ = both(name)
    if class_.named_alone:
        assert type(module.get(snake_case(class_.configured_name))) is getattr(module, class_.configured_name)
    else:
        with pytest.raises(KeyError):
            module.get(snake_case(class_.configured_name))


@pytest.mark.parametrize("kind", PARENTS)
def test_no_class_of_keras_is_missing(kind: str) -> None:
    classes = {found.__name__ for found in vars(getattr(keras, kind)).values() if inspect.isclass(found)}
    abstract = {"Initializer", "Regularizer", "Constraint"}
    assert classes - abstract - set(CLASSES_LEFT_OUT) == set(configured_classes(PARENTS[kind]))
