"""Generated arguments and shapes, right and wrong: archc takes what Keras takes, and infers what Keras makes of it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings

from archc.ir.op import Op
from archc.ops import registry
from tests.cases import generated_cases
from tests.ops.generated import Case, chosen, generated
from tests.ops.oracle import Accepted, Refused, of_archc, of_keras

# Where archc refuses on purpose what Keras accepts: the message, and why.
STRICTER = {
    r"must not be 0, the axis of the batch": "an example must not depend on the others of its batch",
    r"`\w+` \(=.*\) is not an axis of": "a negative axis that is the batch's, or that Keras finds missing in training",
    r"names an axis of .* twice": "Keras makes the weights twice as large as what they scale",
    r"must be a list that is not empty": "no axes at all is no normalization; leave the argument out",
    r"shared_axes: Value error, must be at least 1": "Keras counts these from 1 and takes 0 and below for other axes",
    r"must name the last axes of": "Keras lays the scale over the last axes, whichever are normalized",
    r"must not name the channels": "attention along the channels mixes what the heads hold apart",
    r"may differ along `attention_axes` alone": "Keras broadcasts a size of 1 in one tensor to the other",
    r"epsilon: Input should be greater": "the root of a negative number is no number",
    r"momentum: Input should be (greater|less)": "a moving average outside of what it is the average of",
    r"does not broadcast to a batch|noise_shape: Value error": "Keras finds out in training that the mask does not fit",
    r"renorm_clipping: Value error": "Keras checks it where `renorm` is set alone",
    r"output_shape: Value error, must be at least 1": "Keras takes 0 for no argument",
    r"Keras computes in a mixture of the two": "the type of the output is one of the two, or a third",
    r"rate: Input should be less than 1": "at 1 training divides by zero",
    r"`target_shape` must": "an axis of no size",
    r"must be a whole number": "truth values are no numbers",
    r"dropout: Input should be": "Keras draws it to the nearest bound and says nothing",
    r"^\w+: expected an input with 3 axes": "Keras's layers of images take a batch of what has two axes for one image",
    r"must be a list of two numbers, the smaller first": "Keras sorts some ranges, and divides by the width of others",
    r"must be a number (from|above)": "Keras draws numbers from outside of its bounds, if a range reaches into them",
    r"must be a number of bits": "Keras draws numbers of bits that no number has",
    r"alpha: Input should be greater": "a distribution without width",
    r"expected an image of": "Keras finds out in training that it cannot tell the colours of this many channels",
    r"expected an image whose corners differ": "Keras finds out in training, of some images",
    r"the (height|width|number of channels) must be a number": "Keras finds out in training",
    r"^Random\w+: dtype|is one that Keras cannot train it in": "Keras finds out in training",
    r"(num_chains|chain_depth|num_ops): Value error, must be at least 1": "no change at all is no augmentation",
    r"^RandomFlip: mode: Input should be": "Keras mirrors nothing and says nothing",
    r"`fill_value` .* has 3 numbers": "Keras finds out in training",
    r"^STFTSpectrogram: frame_length: Value error, must be at least 2": "Keras makes kernels of NaN, or divides by 0",
    r"is one that Keras (does not transform|has no mel scale in)": "Keras finds out in a run",
    r"takes an input with 1 axis": "Keras marks along the first axis, and says that it is the last",
    r"one_hot\) takes an input whose last axis": "Keras gives another shape than it says",
    r"is one that Keras cannot count in": "TensorFlow has no sums of that type",
    r"is not allowed where `output_mode` \(=int\)": "Keras makes floats of numbers of categories",
    r"must be a list of numbers, the smallest first": "no boundary at all is one bin",
    r"one_hot\) gives rows of many lengths": "Keras gives a ragged tensor, which no other layer takes",
    r"one_hot\) excludes `ngrams`": "Keras gives another shape than it says",
    r"ngrams: Value error, must be at least 1": "Keras takes 0 for no argument",
    r"logit_soft_cap: Input should be greater": "a division by 0",
    r"min_power: Input should be greater": "the logarithm of 0",
    r"^MelSpectrogram: \w+: (Value error, must be|Input should be)": "numbers of a signal that there is none of",
    r"^HashedCrossing: num_bins: Value error, must be at least 1": "a hash below 0",
    r"`attention_mask` must have the shape": "Keras gives an axis to a mask that lacks one",
    r"has no maximum over a volume in TensorFlow": "Keras finds out in a run",
    r"Attention: .* must have positions and channels": "Keras lays an axis of the batch over one of positions",
    r"^AdditiveAttention: .* must have query and key the same channels": "Keras broadcasts a size of 1 to the other",
    r"inside a layer is along the channels": "along another axis, or the batch's, no layer sees what it does",
    r"scale: Input should be|factor: Input should be": "the share of images or of a size",
}

# Where archc accepts on purpose what Keras refuses: no kernel makes an orthogonal matrix of that type on a CPU.
LOOSER = r"bfloat16 is not in the list of allowed values"


def judged(op: type[Op], case: Case) -> str | None:
    """What is wrong with archc's verdict on a case; None where nothing is."""
    known = case.inputs if case.run is None else case.run
    inputs = known if isinstance(of_archc(op, case.arguments, known), Refused) else case.inputs
    ours, theirs = of_archc(op, case.arguments, inputs), of_keras(op, case.arguments, inputs, case.run)
    match ours, theirs:
        case Accepted(), Accepted():
            fine = ours == theirs
        case Refused(), Accepted():
            unchecked = op.function is not None  # a function takes what its op lets through
            fine = unchecked or any(re.search(message, f"{op.__name__}: {ours.message}") for message in STRICTER)
        case Accepted(), Refused():
            fine = re.search(LOOSER, theirs.message) is not None
        case _:
            fine = True
    return None if fine else f"{op.__name__} {case.arguments} over {inputs}\n archc: {ours}\n Keras: {theirs}"


@generated_cases(few=2, many=100)
@pytest.mark.parametrize("name", registry())
def test_archc_and_keras_agree_on_every_choice(name: str, cases: int) -> None:
    op = registry()[name]
    faults = [judged(op, case) for case in chosen(op, cases)]
    assert not [fault for fault in faults if fault is not None]


@generated_cases(few=8, many=200)
@pytest.mark.parametrize("name", registry())
def test_archc_and_keras_agree(name: str, cases: int) -> None:
    op = registry()[name]
    accepted = []

    @settings(max_examples=cases)
    @given(generated(op))
    def agree(case: Case) -> None:
        assert judged(op, case) is None
        accepted.append(isinstance(of_archc(op, case.arguments, case.inputs), Accepted))

    agree()
    assert len(accepted) >= cases
    assert sum(accepted) >= len(accepted) // 10, "too few cases are possible for the test to mean much"
