"""Layers that take signals apart into frequencies."""

from typing import Any, ClassVar, Literal

from archc.ir.dtype import NUMBERS_AND_BOOLEANS
from archc.ir.op import ArgumentError, Example, Op
from archc.ir.shape import Shape, ShapeError, expect_rank, volume
from archc.ops.argument_types import Count, NonNegative, Number, Positive


class MelSpectrogram(Op):
    """The strength of each band of the mel scale over time: bands before frames, from a signal of one axis."""

    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    windows: ClassVar = Op.all_positions
    note: ClassVar[str] = "With `power_to_db` the loudest number of the batch bounds all others from below."
    examples: ClassVar = (
        Example({"fft_length": 16, "sequence_stride": 4, "num_mel_bins": 5}, ((64,),)),
        Example({"fft_length": 16, "sequence_stride": 5, "sequence_length": 9, "num_mel_bins": 7}, ((33,),)),
        Example(
            {"fft_length": 16, "num_mel_bins": 4, "sequence_stride": 8, "window": "hamming", "power_to_db": False},
            ((40,),),
        ),
        Example(
            {"fft_length": 8, "sequence_stride": 4, "num_mel_bins": 3, "window": None, "max_freq": 4000, "top_db": 40},
            ((24,),),
        ),
    )

    fft_length: Count = 2048
    sequence_stride: Count = 512
    sequence_length: Count | None = None
    window: Literal["hann", "hamming"] | None = "hann"
    sampling_rate: Count = 16000
    num_mel_bins: Count = 128
    min_freq: NonNegative = 20.0
    max_freq: Positive | None = None
    power_to_db: bool = True
    top_db: Number = 80.0
    mag_exp: Number = 2.0
    min_power: Positive = 1e-10
    ref_power: Number = 1.0

    def model_post_init(self, _: Any, /) -> None:
        if self.sequence_length is not None and self.sequence_length > self.fft_length:
            message = f"`sequence_length` (={self.sequence_length}) must not exceed `fft_length` (={self.fft_length})"
            raise ArgumentError(message, arguments=("sequence_length", "fft_length"))
        if self.compute_dtype == "float64":
            message = f"`dtype` (={self.dtype}) is one that Keras has no mel scale in"
            raise ArgumentError(message, arguments=("dtype",))

    def infer(self, x: Shape) -> Shape:
        (length,) = expect_rank(x, 1)
        if length is None:
            return self.num_mel_bins, None
        if length <= self.fft_length // 2:
            message = f"`fft_length` (={self.fft_length}) needs a signal of more than half of it, got {length}"
            raise ShapeError(message, arguments=("fft_length",))
        noted = (length + self.sequence_stride + 1) // self.sequence_stride
        frames = (length - self.fft_length % 2) // self.sequence_stride + 1
        if frames != noted:
            message = f"`sequence_stride` (={self.sequence_stride}) gives {frames} frames of a signal of {length}"
            raise ShapeError(f"{message}, and Keras says {noted}: pad or cut it", arguments=("sequence_stride",))
        return self.num_mel_bins, frames

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int | None:
        return volume((*output, self.fft_length // 2 + 1))

    def respelled(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        same = {"sequence_length": self.sequence_length or self.fft_length}
        return super().respelled(inputs) | same | {"max_freq": self.max_freq or float(int(self.sampling_rate / 2))}
