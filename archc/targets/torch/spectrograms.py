"""Layers that take signals apart into frequencies, in PyTorch."""

from __future__ import annotations

import ast
from math import log1p, log10

from archc.codegen.tree import code, list_of, literal
from archc.ir.graph import Node
from archc.ops.spectrogram import MelSpectrogram, STFTSpectrogram
from archc.targets.torch.translation import (
    ModuleParameter,
    Translation,
    Untranslated,
    number,
    one_module,
    torch_call,
    translate,
)


@translate.register
def _mel_spectrogram(op: MelSpectrogram, _: Node) -> Translation:
    """The powers of a short-time transform, summed over the bands of the mel scale."""
    length = op.fft_length if op.window is None else op.sequence_length or op.fft_length
    kind = {"hann": "torch.hann_window", "hamming": "torch.hamming_window", None: "torch.ones"}[op.window]
    # TensorFlow's windows of an odd length are symmetric, others are periodic.
    form = "" if op.window is None or length % 2 == 0 else ", periodic=False"
    window = code(f"{kind}(length{form}, device=x.device)", length=literal(length))
    transformed = code(
        "torch.stft(x, fft, stride, length, window, return_complex=True).abs() ** exponent",
        fft=literal(op.fft_length),
        stride=literal(op.sequence_stride),
        length=literal(length),
        window=window,
        exponent=number(op.mag_exp),
    )
    filters = code(
        "mel_filters(count, fft, rate, low, high, x.device)",
        count=literal(op.num_mel_bins),
        fft=literal(op.fft_length),
        rate=literal(op.sampling_rate),
        low=number(_mel(op.min_freq)),
        high=number(_mel(op.max_freq or op.sampling_rate // 2)),
    )
    bands = code("filters @ transformed", filters=filters, transformed=transformed)
    if not op.power_to_db:
        return Translation(bands)
    zero = 10 * log10(max(abs(op.ref_power), op.min_power))
    given = {"least": number(op.min_power), "zero": number(zero), "deepest": number(op.top_db)}
    return Translation(code("decibels(bands, least, zero, deepest)", bands=bands, **given))


def _mel(hertz: float) -> float:
    """A frequency on the mel scale, by HTK's rule."""
    return 1127 * log1p(hertz / 700)


@translate.register
def _stft_spectrogram(op: STFTSpectrogram, node: Node) -> Translation:
    """Convolutions of each channel alone."""
    length, frames = node.inputs[0].shape[0], node.shape[0]
    pad = [0, 0]
    if op.padding == "same":
        if length is None or frames is None:
            raise Untranslated("STFTSpectrogram with `padding: same` over an unknown size")
        missing = max((frames - 1) * op.step + op.frame_length - length, 0)
        pad = [missing // 2, missing - missing // 2]
    constructor = torch_call(
        "STFTSpectrogram", op.mode, op.frequencies, _scaled_window(op), op.step, pad, op.expand_dims
    )
    parameters = [ModuleParameter(side, f"{side}_kernel", (2, 1, 0)) for side in op.sides]
    return one_module(constructor, *parameters)


def _scaled_window(op: STFTSpectrogram) -> ast.expr:
    """The numbers that each kernel is multiplied by when it is made."""
    size = literal(op.frame_length)
    if op.window is None:
        return code("torch.ones(size)", size=size)
    if isinstance(op.window, tuple):
        window = code("torch.tensor(numbers)", numbers=list_of(map(number, op.window)))
    else:
        window = code(f"torch.{op.window}_window(size, periodic=periodic)", size=size, periodic=literal(op.periodic))
    if op.scaling is None:
        return window
    norm = {"density": "F.normalize(window, dim=0)", "spectrum": "F.normalize(window, p=1, dim=0)"}[op.scaling]
    return code(norm, window=window)
