"""What PyTorch has no layer for, as source that a module holds where it needs it."""

from __future__ import annotations

FUNCTIONS = {
    "Scale": '''\
class Scale(nn.Module):
    """A learned factor, and with `center` a learned bias, each of this shape."""

    def __init__(self, *shape: int, initial: float = 1.0, center: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full(shape, initial))
        self.register_parameter("bias", nn.Parameter(torch.zeros(shape)) if center else None)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x * self.weight
        return x if self.bias is None else x + self.bias
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
}
