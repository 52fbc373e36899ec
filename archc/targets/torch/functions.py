"""What PyTorch has no layer for, as source that a module holds where it needs it."""

from __future__ import annotations

FUNCTIONS = {
    "with_states": '''\
def with_states(result: tuple, every_step: bool) -> tuple[torch.Tensor, ...]:
    """The output of a recurrent layer, and its states, from what PyTorch's layer leaves."""
    output, states = result
    listed = states if isinstance(states, tuple) else (states,)
    return (output if every_step else output[:, -1], *(state[0] for state in listed))
''',
    "with_both_states": '''\
def with_both_states(ahead: tuple, back: tuple, mode: str, every_step: bool) -> tuple[torch.Tensor, ...]:
    """The outputs of a layer both ways as one, and the states of both."""
    first, second = ahead[0], back[0].flip(1) if every_step else back[0]
    if mode == "concat":
        merged = torch.cat([first, second], -1)
    elif mode == "mul":
        merged = first * second
    else:
        merged = (first + second) / (2 if mode == "ave" else 1)
    return (merged, *ahead[1:], *back[1:])
''',
    "Scale": '''\
class Scale(nn.Module):
    """A learned factor, and with `center` a learned bias, each of this shape."""

    def __init__(self, *shape: int, initial: float = 1.0, center: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full(shape, float(initial)))
        self.register_parameter("bias", nn.Parameter(torch.zeros(shape)) if center else None)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x * self.weight
        return x if self.bias is None else x + self.bias
''',
    "Learned": '''\
class Learned(nn.Module):
    """A learned tensor, repeated over the batch."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(shape))

    def forward(self, like: torch.Tensor) -> torch.Tensor:
        return self.weight.expand(len(like), *self.weight.shape)
''',
    "Normalization": '''\
class Normalization(nn.Module):
    """Mean 0 and variance 1 by the statistics of a data set, each of this shape; they are loaded and not trained."""

    def __init__(self, *shape: int, invert: bool = False) -> None:
        super().__init__()
        self.invert = invert
        self.register_buffer("mean", torch.zeros(shape))
        self.register_buffer("variance", torch.ones(shape))
        self.register_buffer("count", torch.tensor(0))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        deviation = self.variance.sqrt().clamp(min=1e-7)
        return x * deviation + self.mean if self.invert else (x - self.mean) / deviation
''',
    "Constant": '''\
class Constant(nn.Module):
    """Given numbers, repeated to a shape and over the batch; they are in no state."""

    def __init__(self, value: float | list, *shape: int) -> None:
        super().__init__()
        self.value = torch.tensor(value, dtype=torch.float32).expand(shape)

    def forward(self, like: torch.Tensor) -> torch.Tensor:
        return self.value.to(like.device).expand(len(like), *self.value.shape)
''',
    "SharedDropout": '''\
class SharedDropout(nn.Module):
    """Dropout that keeps or drops as a whole what lies along the dimensions `whole`."""

    def __init__(self, rate: float, *whole: int) -> None:
        super().__init__()
        self.rate, self.whole = rate, whole

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return x
        shape = [1 if dimension in self.whole else size for dimension, size in enumerate(x.shape)]
        return x * F.dropout(x.new_ones(shape), self.rate)
''',
    "GaussianNoise": '''\
class GaussianNoise(nn.Module):
    """Adds normal noise while training."""

    def __init__(self, deviation: float) -> None:
        super().__init__()
        self.deviation = deviation

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.deviation * torch.randn_like(x) if self.training else x
''',
    "Sampling": '''\
class Sampling(nn.Module):
    """Draws from a normal distribution while training."""

    def forward(self, mean: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
        return mean + torch.exp(log_variance / 2) * torch.randn_like(mean) if self.training else mean
''',
    "GaussianDropout": '''\
class GaussianDropout(nn.Module):
    """Multiplies by normal noise around one while training."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.deviation = (rate / (1 - rate)) ** 0.5

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * (1 + self.deviation * torch.randn_like(x)) if self.training else x
''',
    "rectified": '''\
def rectified(x: torch.Tensor, slope: float, least: float, most: float = torch.inf) -> torch.Tensor:
    """The number from `least` on, up to `most`; below `least` a part of what it is below."""
    return torch.where(x >= least, x.clamp(max=most), slope * (x - least))
''',
    "squareplus": '''\
def squareplus(x: torch.Tensor, b: float = 4) -> torch.Tensor:
    """A smooth rectifier."""
    return (x + torch.sqrt(x.square() + b)) / 2
''',
    "without": '''\
def without(parameter: str, layer: nn.Module) -> nn.Module:
    """The layer without its learned `weight` or `bias`."""
    layer.register_parameter(parameter, None)
    return layer
''',
    "EinsumDense": '''\
class EinsumDense(nn.Module):
    """A learned kernel of this shape, which an equation multiplies with the input, and perhaps a bias."""

    def __init__(self, equation: str, kernel: list[int], bias: list[int] | None = None) -> None:
        super().__init__()
        self.equation = equation
        self.weight = nn.Parameter(torch.randn(kernel) * kernel[0] ** -0.5)
        self.register_parameter("bias", None if bias is None else nn.Parameter(torch.zeros(bias)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.einsum(self.equation, x, self.weight)
        return x if self.bias is None else x + self.bias
''',
    "band": '''\
def band(query: torch.Tensor, value: torch.Tensor, first: int | None, last: int) -> torch.Tensor:
    """Which positions of the value a position of the query attends to: from `first` up to `last` after its own."""
    mask = torch.ones(query.shape[1], value.shape[1], dtype=torch.bool, device=query.device).tril(last)
    return mask if first is None else mask.triu(first)
''',
    "score_bias": '''\
def score_bias(mask: torch.Tensor, *others: torch.Tensor) -> torch.Tensor:
    """What is added to the scores of attention so that positions where one of the masks is false are left out."""
    for other in others:
        mask = mask & other
    return torch.where(mask, 0.0, 0.7 * torch.finfo(torch.float32).min)
''',
    "left_out": '''\
def left_out(scores: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """The scores of attention, so low where the mask is false that these positions weigh nothing beside others."""
    return torch.where(mask, scores, scores - 1e9)
''',
    "masked_attention": '''\
def masked_attention(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *masks: torch.Tensor, dropout_p: float = 0.0
) -> torch.Tensor:
    """Attention to the positions that all masks allow; zeros where they allow none."""
    bias = score_bias(*masks)
    means = F.scaled_dot_product_attention(query, key, value, bias, dropout_p)
    return torch.where((bias == 0).any(-1, True), means, 0.0)
''',
    "auto_contrast": '''\
def auto_contrast(x: torch.Tensor, low: float = 0.0, high: float = 255.0) -> torch.Tensor:
    """Each channel of an image, stretched to the range; one whose numbers are all equal is left as it is."""
    scaled = (x - low) / (high - low) * 255
    least, most = scaled.amin((2, 3), True), scaled.amax((2, 3), True)
    scale = 255 / (most - least)
    stretched = (scaled * scale - least * scale).clamp(0, 255) / 255 * (high - low) + low
    return torch.where(stretched.isnan(), x, stretched)
''',
    "average_pool": '''\
def average_pool(x: torch.Tensor, size: list[int], stride: list[int], pad: list[int]) -> torch.Tensor:
    """Average pooling whose means leave the padding out, which may differ between the sides."""
    share = F.avg_pool2d(F.pad(torch.ones_like(x[:1, :1]), pad), size, stride)
    return F.avg_pool2d(F.pad(x, pad), size, stride) / share
''',
    "mel_filters": '''\
def mel_filters(count: int, fft_length: int, rate: int, low: float, high: float, device: torch.device) -> torch.Tensor:
    """Triangles over the frequencies of a transform, evenly spaced between two ends on the mel scale."""
    frequencies = torch.linspace(0, rate / 2, fft_length // 2 + 1, device=device)
    mels = 1127 * torch.log1p(frequencies / 700)
    edges = torch.linspace(low, high, count + 2, device=device)[:, None]
    rising = (mels - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - mels) / (edges[2:] - edges[1:-1])
    filters = torch.minimum(rising, falling).clamp(min=0)
    filters[:, 0] = 0
    return filters
''',
    "decibels": '''\
def decibels(x: torch.Tensor, least: float, zero: float, deepest: float) -> torch.Tensor:
    """Powers in decibels above `zero`, none of them further than `deepest` below the loudest of the batch."""
    x = 10 * torch.log10(x.clamp(min=least)) - zero
    return torch.maximum(x, x.max() - deepest)
''',
    "STFTSpectrogram": '''\
class STFTSpectrogram(nn.Module):
    """Frequencies of each channel over time, by learned kernels that begin as those of a Fourier transform."""

    def __init__(self, mode: str, bins: int, window: torch.Tensor, stride: int, pad: list[int], image: bool) -> None:
        super().__init__()
        self.mode, self.stride, self.pad, self.image = mode, stride, pad, image
        angles = torch.outer(torch.arange(bins), torch.arange(len(window))) * (-torch.pi / (bins - 1))
        for side, kernel in (("real", angles.cos() * window), ("imag", angles.sin() * window)):
            unused = mode in ("real", "imag") and side != mode
            self.register_parameter(side, None if unused else nn.Parameter(kernel[:, None]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, length, channels = x.shape
        x = F.pad(x.transpose(1, 2).reshape(batch * channels, 1, length), self.pad)
        parts = [F.conv1d(x, kernel, stride=self.stride) for kernel in (self.real, self.imag) if kernel is not None]
        x = self.combined(parts)
        x = x.reshape(batch, channels, x.shape[1], x.shape[2])
        return x.transpose(2, 3) if self.image else x.flatten(1, 2).transpose(1, 2)

    def combined(self, parts: list[torch.Tensor]) -> torch.Tensor:
        if self.mode in ("real", "imag", "stft"):
            return torch.cat(parts, 1)
        real, imag = parts
        if self.mode == "angle":
            return torch.atan2(imag, real)
        power = real**2 + imag**2
        if self.mode == "psd":
            return power + F.pad(power[:, 1:-1], (0, 0, 1, 1))
        magnitude = power.clamp(min=1e-7).sqrt()
        return magnitude if self.mode == "magnitude" else magnitude.clamp(min=1e-7).log()
''',
}
