"""Models that Keras makes: those of `keras.applications`, and what a user's own function returns."""

from __future__ import annotations

import importlib.util
import json
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout, suppress
from inspect import signature
from pathlib import Path
from typing import Any

from archc.diagnostics import Position, SpecError, did_you_mean, printable, shortened, unreadable
from archc.keras_files.json_text import parse
from archc.keras_files.layer_config import MODELS
from archc.keras_files.model_text import ModelText
from archc.targets.keras.model import imported_keras


def text_of_model(model: Any, file: str | None = None) -> ModelText:
    """The configuration of a model; `file` is its name in messages, else that of the model.

    Raises:
        SpecError: it is no model of Keras's, has layers that only its own code tells, or has one in two models.
    """
    shown = f"<{getattr(model, 'name', type(model).__name__)}>" if file is None else file
    keras = imported_keras()
    if not isinstance(model, keras.Model):
        message = f"expected a model of Keras's, got {shortened(type(model).__name__)}"
        raise SpecError.of("model-code", message, Position(shown, 1, 1), "give a `keras.Model`")
    try:
        text = model.to_json()
    except (NotImplementedError, TypeError, ValueError) as error:
        reason = _reason(error)
        message = f"the model gives no configuration: {reason}"
        hint = "a model with its own `call` has none: make a functional model of the same layers"
        raise SpecError.of("model-file", message, Position(shown, 1, 1), hint) from None
    _check_owners(model, keras, shown)
    return ModelText(shown, parse(text, shown), text)


def _check_owners(model: Any, keras: Any, file: str) -> None:
    """Refuses a layer with weights that several models, or wrappers, in a model have: the configuration has it twice.

    Raises:
        SpecError: there is one.
    """
    owners: dict[int, Any] = {}
    pending = [model]
    while pending:
        owner = pending.pop()
        wraps = isinstance(owner, keras.layers.Wrapper)
        for layer in [owner.layer] if wraps else owner.layers:
            other = owners.setdefault(id(layer), owner)
            if other is not owner and layer.weights:
                named = f"`{printable(other.name[:60])}` and in `{printable(owner.name[:60])}`"
                message = (
                    f"the layer `{printable(layer.name[:60])}` is in {named}, and Keras's configuration has two of it"
                )
                hint = "use its layers in one model, or one model around it in both places"
                raise SpecError.of("model-file", message, Position(file, 1, 1, layer.name), hint)
            if other is owner and (type(layer).__name__ in MODELS or isinstance(layer, keras.layers.Wrapper)):
                pending.append(layer)


def application_text(label: str, arguments: Mapping[str, Any]) -> ModelText:
    """The configuration of `keras:NAME`, made with these arguments and new weights.

    Raises:
        SpecError: Keras has no such network, or refuses the arguments.
    """
    name, _, query = label.removeprefix("keras:").partition("?")
    given = {**_query(label, query), **arguments}
    applications = imported_keras().applications
    known = [each for each in dir(applications) if each[0].isupper()]
    if name not in known:
        hint = did_you_mean(name, known) or f"there are: {', '.join(known)}"
        raise SpecError.of("unknown-spec", f"`keras.applications` has no network `{printable(name[:60])}`", None, hint)
    try:
        model = getattr(applications, name)(**{"weights": None, **given})
    except Exception as error:  # whatever Keras raises for arguments
        message = f"Keras refuses to make `{printable(label[:100])}`: {_reason(error)}"
        raise SpecError.of("keras", message, None, "change the arguments after `?`, or those of `--set`") from None
    return text_of_model(model, label.partition("?")[0])


def _query(label: str, query: str) -> dict[str, Any]:
    """The arguments after `?`; each value is JSON, or a word."""
    values: dict[str, Any] = {}
    for part in query.split("&") if query else ():
        name, equals, written = part.partition("=")
        if not equals or not name.isidentifier():
            message = f"`{printable(part[:100])}` in `{printable(label[:100])}` is not `name=value`"
            raise SpecError.of("usage", message, None, "`keras:NAME?name=value&name=value`")
        try:
            values[name] = json.loads(written)
        except ValueError:
            values[name] = written
    return values


def function_text(path: Path, function: str) -> ModelText:
    """The configuration of the model that a function in a Python file returns. It is the user's code that runs.

    Raises:
        SpecError: there is no such function, it fails, or it returns something else.
    """
    if not path.is_file():
        raise unreadable(str(path), "there is no such file")
    label = f"{path}:{function}"
    print(f"running {printable(label)}", file=sys.stderr)
    sys.path.insert(0, str(path.parent.resolve()))
    try:
        model = _called(path, function)
    finally:
        sys.path.remove(str(path.parent.resolve()))
    return text_of_model(model, label)


def _called(path: Path, function: str) -> Any:
    """What the function returns; what it prints goes to standard error."""
    keras = imported_keras()
    found = importlib.util.spec_from_file_location(path.stem, path)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules.setdefault(path.stem, module)
    with _own_code(path, str(path)):
        found.loader.exec_module(module)
    called = getattr(module, function, None)
    if not callable(called):
        names = [name for name, value in vars(module).items() if callable(value) and not name.startswith("_")]
        message = f"`{printable(str(path))}` has no function `{printable(function)}`"
        raise SpecError.of("model-code", message, Position(str(path), 1, 1), did_you_mean(function, names))
    at = Position(str(path), getattr(getattr(called, "__code__", None), "co_firstlineno", 1), 1)
    with suppress(ValueError):  # a callable that does not tell its arguments
        try:
            signature(called).bind()
        except TypeError as error:
            raise SpecError.of("model-code", f"`{printable(function)}` takes arguments: {error}", at) from None
    with _own_code(path, function):
        model = called()
    if not isinstance(model, keras.Model):
        message = f"`{printable(function)}` returned {shortened(type(model).__name__)}, not a model of Keras's"
        raise SpecError.of("model-code", message, at)
    return model


@contextmanager
def _own_code(path: Path, what: str) -> Iterator[None]:
    """Runs code of a user's: what it prints goes to standard error.

    Raises:
        SpecError: it fails.
    """
    try:
        with redirect_stdout(sys.stderr):
            yield
    except (Exception, SystemExit) as error:
        raise _failed(path, what, error) from None


def _failed(path: Path, what: str, error: BaseException) -> SpecError:
    """The error of a user's code, at the last line of the user's file that it passed."""
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).resolve() == path.resolve()
    ]
    line = frames[-1].lineno if frames else getattr(error, "lineno", None)
    message = f"`{printable(what)}` failed: {_reason(error)}"
    failed = SpecError.of("model-code", message, Position(str(path), line or 1, 1))
    return SpecError([failed.first._replace(excerpt=frames[-1].line)]) if frames and frames[-1].line else failed


def _reason(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return shortened(f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__, 300)
