"""Layers that take signals apart into frequencies."""

from typing import Annotated, Any, ClassVar, Literal

from archc.ir.dtype import NUMBERS_AND_BOOLEANS
from archc.ir.op import ArgumentError, Example, Op, Weight, Window
from archc.ir.shape import Shape, ShapeError, channels_of, expect_rank, volume
from archc.ops.argument_types import ArgumentType, Count, CountAboveOne, NonNegative, Number, Positive, read_number
from archc.ops.weight_arguments import weight_of
from archc.ops.windows import sliding_sizes


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


_WINDOWS = ("hann", "hamming")


def _read_window(value: Any) -> str | tuple[float, ...] | None:
    if isinstance(value, list | tuple) and value:
        return tuple(map(read_number, value))
    if value is None or (isinstance(value, str) and value in _WINDOWS):
        return value
    word = value if isinstance(value, str) else None
    raise ArgumentError("must be `hann`, `hamming`, a list of numbers, or null", word=word, choices=_WINDOWS)


_NUMBERS = {"type": "array", "items": {"type": "number"}, "minItems": 1}
WindowArgument = Annotated[
    str | tuple[float, ...] | None,
    ArgumentType(_read_window, {"anyOf": [{"enum": list(_WINDOWS)}, _NUMBERS, {"type": "null"}]}),
]


class STFTSpectrogram(Op):
    """The frequencies of each channel over time, by kernels that begin as those of a Fourier transform."""

    has_kernels: ClassVar[bool] = True
    note: ClassVar[str] = "Keras makes the windows `hann` and `hamming` with SciPy."
    examples: ClassVar = (
        Example({"frame_length": 16, "frame_step": 4, "window": None}, ((64, 2),)),
        Example({"mode": "stft", "frame_length": 12, "window": None, "padding": "same"}, ((30, 3),)),
        Example({"mode": "real", "frame_length": 6, "fft_length": 8, "window": None, "expand_dims": True}, ((20, 2),)),
        Example({"mode": "imag", "frame_length": 4, "window": [0.5, 1, 1, 0.5], "trainable": False}, ((20, 1),)),
        Example({"mode": "psd", "frame_length": 4, "window": [0.5, 1, 1, 0.5], "scaling": "spectrum"}, ((20, 2),)),
        Example({"mode": "angle", "frame_length": 8, "window": None, "expand_dims": True, "frame_step": 3}, ((20, 2),)),
        Example({"mode": "magnitude", "frame_length": 8, "window": None, "padding": "same"}, ((20, 2),)),
    )

    mode: Literal["log", "magnitude", "psd", "real", "imag", "angle", "stft"] = "log"
    frame_length: CountAboveOne = 256
    frame_step: Count | None = None
    fft_length: Count | None = None
    window: WindowArgument = "hann"
    periodic: bool = False
    scaling: Literal["density", "spectrum"] | None = "density"
    padding: Literal["valid", "same"] = "valid"
    expand_dims: bool = False

    def model_post_init(self, _: Any, /) -> None:
        length = f"`frame_length` (={self.frame_length})"
        if self.frame_step is not None and self.frame_step > self.frame_length:
            message = f"`frame_step` (={self.frame_step}) must not exceed {length}"
            raise ArgumentError(message, arguments=("frame_step", "frame_length"))
        if self.fft_length is not None and self.fft_length < self.frame_length:
            message = f"`fft_length` (={self.fft_length}) must not be less than {length}"
            raise ArgumentError(message, arguments=("fft_length", "frame_length"))
        if isinstance(self.window, tuple) and len(self.window) != self.frame_length:
            message = f"`window` has {len(self.window):,} numbers, and {length} needs as many as it says"
            raise ArgumentError(message, arguments=("window", "frame_length"))
        if self.compute_dtype == "bfloat16":
            message = f"`dtype` (={self.dtype}) is one that Keras does not transform"
            raise ArgumentError(message, arguments=("dtype",))

    @property
    def step(self) -> int:
        """The samples from one frame to the next."""
        return self.frame_step or self.frame_length // 2

    @property
    def frequencies(self) -> int:
        """The frequencies of a kernel."""
        return (self.fft_length or 2 ** (self.frame_length - 1).bit_length()) // 2 + 1

    @property
    def sides(self) -> tuple[str, ...]:
        """The parts of complex numbers that there is a kernel for."""
        return tuple(side for side, other in (("real", "imag"), ("imag", "real")) if self.mode != other)

    def infer(self, x: Shape) -> Shape:
        length, _ = expect_rank(x, 2)
        channels = channels_of(x)
        (frames,) = sliding_sizes((length,), (self.frame_length,), (self.step,), self.padding, (1,), "frame_length")
        width = self.frequencies * (2 if self.mode == "stft" else 1)
        return (frames, width, channels) if self.expand_dims else (frames, width * channels)

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        shape = (self.frame_length, 1, self.frequencies)
        return tuple(weight_of(self, f"{side}_kernel", shape) for side in self.sides)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int | None:
        sides = len(self.sides)
        return volume((output[0], self.frequencies, inputs[0][-1], self.frame_length, sides))

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        return (Window(self.frame_length, self.step),)

    def respelled(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        fft_length = self.fft_length or 2 ** (self.frame_length - 1).bit_length()
        return super().respelled(inputs) | {"frame_step": self.step, "fft_length": fft_length}
