"""Totals that are composed of remembered parts: they are those of the whole network, at any settings."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

import archc
from archc.analysis import cost
from archc.analysis.receptive_field import receptive_fields
from archc.families import Family, family
from archc.language.template import is_constant
from archc.library.paths import library_paths
from archc.network import Network
from tests.cases import every_or_few
from tests.totals import generated_specs

NETWORKS = Path(__file__).parents[1] / "elaborate" / "networks"


def expected(network: Network) -> tuple[object, ...]:
    """The totals of a network that is expanded as a whole, each from its own analysis."""
    graph = network.graph
    field = receptive_fields(graph)[graph.outputs[graph.main]]
    memory = cost.activation_bytes([*graph.inputs, *graph.nodes])
    return network.params, network.total_params, network.macs, network.depth, memory, tuple(one.reach for one in field)


def outcome(found: Family, params: dict[str, Any], inputs: tuple[int, ...] | None, *, composed: bool) -> object:
    """The totals at some settings, composed or not; or every error."""
    try:
        return tuple(found.totals(inputs=inputs, **params)) if composed else expected(found(inputs=inputs, **params))
    except archc.SpecError as error:
        return error.diagnostics


def hold(found: Family, settings: Iterable[dict[str, Any]], inputs: tuple[int, ...] | None = None) -> list[object]:
    """Holds the totals at each of some settings to those of the whole network; gives them."""
    outcomes = []
    for params in settings:
        outcomes.append(outcome(found, params, inputs, composed=True))
        assert outcomes[-1] == outcome(found, params, inputs, composed=False), params
    return outcomes


def is_right(found: object) -> bool:
    """Whether an outcome is totals, and no errors."""
    return isinstance(found, tuple) and isinstance(found[0], int)


def other(value: Any, choose: random.Random) -> Any:
    """Another value for a parameter that has this one, right or wrong."""
    match value:
        case bool():
            return not value
        case int():
            return choose.choice([value + 1, max(1, value - 1), 2 * value, max(1, value // 2), 1, 8])
        case float():
            return choose.choice([value / 2, 1.25 * value, 0.5, 0.0])
        case str():
            return choose.choice([value, "relu", "same"])
        case list():
            items = [other(item, choose) if choose.random() < 0.5 else item for item in value]
            return items[: choose.choice([None, None, None, -1])]
        case dict():
            return {key: other(item, choose) if choose.random() < 0.4 else item for key, item in value.items()}
    return value


def some_settings(found: Family, count: int, seed: object) -> list[dict[str, Any]]:
    """Settings of some of a family's parameters that have constant defaults."""
    choose = random.Random(str(seed))
    constant = [each for each in found.parameters.values() if not each.required and is_constant(each.default)]
    return [
        {
            each.name: choose.choice(each.choices) if each.choices else other(each.default, choose)
            for each in constant
            if choose.random() < 0.5
        }
        for _ in range(count)
    ]


QUICK = (
    "alexnet_one_tower",
    "crnn",
    "lenet5",
    "mobilenet_v2_035",
    "mobilenet_v3_small",
    "regnet_x_400mf",
    "resnet18",
    "shufflenet_v2",
    "squeezenet",
    "unet",
    "vgg",
    "vit_b32",
    "wrn_16_8_cifar",
)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in library_paths()]
)
def test_a_family_of_the_library_has_the_totals_of_its_networks(name: str) -> None:
    found = family(name)
    hold(found, some_settings(found, 4, name) if found.spec.layers else ())


@pytest.mark.parametrize("path", every_or_few(sorted(NETWORKS.glob("*.yaml")), 3))
def test_a_network_of_the_language_has_the_totals_of_its_networks(path: Path) -> None:
    found = family(path)
    hold(found, some_settings(found, 4, path.name))


def test_the_totals_of_a_family_are_composed() -> None:
    found = family("wide_resnet")
    depths = [[1, 2, 3, 4], [4, 3, 2, 1], [2, 2, 2, 2]]
    hold(found, [{"depths": each, "widen": widen} for each in depths for widen in (1, 2)])
    hold(found, [{"depths": each} for each in depths], inputs=(160, 96, 3))
    assert found.composed.count == 9


@pytest.mark.parametrize("start", every_or_few(range(0, 4000, 20), 1))
def test_a_generated_spec_has_the_totals_of_its_networks(start: int, tmp_path: Path) -> None:
    right = 0
    for seed in range(start, start + 20):
        choose = random.Random(seed)
        path = tmp_path / f"{seed}.yaml"
        path.write_text(yaml.safe_dump(generated_specs.document(choose), sort_keys=False), encoding="utf-8")
        outcomes = hold(family(path), [generated_specs.settings(choose) for _ in range(6)])
        right += sum(map(is_right, outcomes))
    assert right > 10


def spec(tmp_path: Path, layers: str, params: str = "{}", head: str = "input: [32, 32, 4]") -> Family:
    """The family of a spec."""
    path = tmp_path / "net.yaml"
    path.write_text(f"archc: 1\nname: Net\n{head}\nparams: {params}\nlayers:\n{layers}", encoding="utf-8")
    return family(path)


LOOP = """
  - for: i in range(n)
    do:
      - Conv2D: {filters: $(w + i), kernel_size: 3, padding: same}
        name: NAME
"""


def test_names_that_are_equal_at_some_values_are_errors(tmp_path: Path) -> None:
    found = spec(tmp_path, LOOP.replace("NAME", "conv$(i // m)"), "{n: 2, w: 4, m: 1}")
    outcomes = hold(found, [{"m": 1}, {"m": 2}, {"m": 3, "n": 1}, {"n": 0}])
    assert list(map(is_right, outcomes)) == [True, False, True, False]


def test_a_name_that_keras_gives_too_is_an_error(tmp_path: Path) -> None:
    layers = (
        LOOP.replace("        name: NAME\n", "") + "  - Conv2D: {filters: 2, kernel_size: 1}\n    name: conv2d_$(m)\n"
    )
    found = spec(tmp_path, layers, "{n: 2, w: 4, m: 1}")
    outcomes = hold(found, [{"m": 1}, {"m": 2}, {"m": 3}])
    assert list(map(is_right, outcomes)) == [False, True, True]


def test_a_part_and_a_layer_may_begin_with_one_word(tmp_path: Path) -> None:
    layers = """
  - for: i in range(n)
    do:
      - Dense: {units: $w}
        name: dense$(i)
    name: body
  - Dense: {units: $w}
    name: body_$(end)
"""
    found = spec(tmp_path, layers, "{n: 2, w: 4, end: last}")
    outcomes = hold(found, [{"n": 3}, {"end": "dense1"}, {"end": "dense7"}])
    assert list(map(is_right, outcomes)) == [True, False, True]


def test_the_name_of_a_part_that_a_layer_in_a_block_has(tmp_path: Path) -> None:
    layers = """
  - for: i in range(n)
    do:
      - unit: {width: $w}
    name: body
"""
    blocks = "input: [32, 32, 4]\nblocks: {unit: {params: {width: int}, layers: [{Dense: $width, name: ''}]}}"
    hold(spec(tmp_path, layers, "{n: 1, w: 4}", blocks), [{"n": 1, "w": 5}, {"n": 2}, {"n": 0}])


def test_layers_that_nothing_needs_at_some_values(tmp_path: Path) -> None:
    layers = """
  - Dense: {units: $w}
    as: side
  - for: i in range(n)
    do:
      - Dense: {units: $(w + i)}
  - Dense: {units: 3}
    from: $(side if skip else x)
"""
    outcomes = hold(
        spec(tmp_path, layers, "{n: 0, w: 4, skip: false}"), [{"n": 1}, {"n": 1, "skip": True}, {"skip": True}]
    )
    assert list(map(is_right, outcomes)) == [True, False, True]


def test_paths_of_other_lengths_and_strides_meet(tmp_path: Path) -> None:
    layers = """
  - for: i in range(n)
    do:
      - Conv2D: {filters: 4, kernel_size: 3, strides: $s, padding: same}
      - as: deep
  - Conv2D: {filters: 4, kernel_size: 5, strides: $(s ** n), padding: same}
    from: input_layer
  - Add: [deep, x]
  - for: i in range(m)
    do:
      - Add:
          - - Conv2D: {filters: 4, kernel_size: 3, padding: same}
          - deep
      - UpSampling2D: {size: $u}
      - as: deep
"""
    found = spec(tmp_path, layers, "{n: 1, m: 1, s: 2, u: 2}", "input: [54, 54, 4]")
    settings = [
        {"n": n, "m": m, "s": s, "u": u} for n in (1, 2) for m in (0, 1, 3) for s in (1, 2, 3) for u in (1, 2, 3)
    ]
    assert sum(map(is_right, hold(found, settings))) > 30


def test_tensors_of_no_input_have_depths_and_fields_of_their_own(tmp_path: Path) -> None:
    layers = """
  - for: i in range(n)
    do:
      - Conv2D: {filters: 4, kernel_size: 3, padding: same}
  - for: i in range(m)
    do:
      - Add:
          - []
          - - Learned: {shape: [32, 32, 4]}
            - Conv2D: {filters: 4, kernel_size: $k, padding: same}
            - Conv2D: {filters: 4, kernel_size: $k, padding: same}
"""
    found = spec(tmp_path, layers, "{n: 1, m: 1, k: 3}")
    hold(found, [{"n": n, "m": m, "k": k} for n in (0, 1, 3) for m in (0, 1, 2) for k in (1, 7)])


def test_what_the_values_that_steps_read_do_not_tell(tmp_path: Path) -> None:
    layers = """
  - for: i in range(n)
    do:
      - Dense: {units: $w}
        as: level$(i)
      - Dense: {units: $w}
        share: again
  - let: {both: "$([x, x])"}
  - Concatenate: [$(both), level$(0)]
"""
    hold(spec(tmp_path, layers, "{n: 1, w: 4}"), [{"n": 1, "w": 5}, {"n": 3}, {"n": 0}])


def test_parameters_that_nothing_reads_and_steps_that_are_absent(tmp_path: Path) -> None:
    layers = """
  - Dense: {units: $w}
  - Dense: {units: 0}
    when: $deep
  - $head: {units: 3}
"""
    found = spec(tmp_path, layers, "{w: 4, deep: false, head: {default: Dense, choices: [Dense, Flatten]}}")
    hold(found, [{"w": 3}, {"deep": True}, {"head": "Flatten"}, {"none": 1}, {"w": "4"}, {"w": True}, {"w": 4.0}])


def test_a_wrong_default_is_an_error_although_a_value_is_given(tmp_path: Path) -> None:
    spec(tmp_path, "  - Dense: {units: $w}\n  - Dense: {units: $v}\n", "{v: 2, w: $(2 * v)}")
    path = tmp_path / "member.yaml"
    path.write_text("archc: 1\nname: Member\nextends: net.yaml\nparams: {w: text}\n", encoding="utf-8")
    assert not any(map(is_right, hold(family(path), [{"w": 3}, {"v": 3}])))


def test_values_of_other_types_are_other_values(tmp_path: Path) -> None:
    layers = """
  - Dense: {units: $(8 if v == 1 else 4)}
  - Reshape: {target_shape: "$([-1, 2])"}
    when: $(v == true)
  - Dense: {units: "$(w * v)"}
"""
    found = spec(tmp_path, layers, "{w: 2, v: {type: any, default: 1}}")
    hold(found, [{"v": value, "w": w} for w in (2, 3) for value in (1, 1.0, True, [1], (1,), "1", None)])


def test_sizes_that_are_not_known_and_inputs_that_are_wrong(tmp_path: Path) -> None:
    found = spec(tmp_path, LOOP.replace("NAME", "conv$(i)"), "{n: 2, w: 4}")
    for inputs in ((None, None, 4), (32, 32, 4), (0, 32, 4), (32, True, 4), (32, "a", 4), (2,), ()):
        hold(found, [{"n": 1}, {"n": 3}], inputs=inputs)  # type: ignore[arg-type]
