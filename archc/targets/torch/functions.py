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
    "GaussianDropout": '''\
class GaussianDropout(nn.Module):
    """Multiplies by normal noise around one while training."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.deviation = (rate / (1 - rate)) ** 0.5

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * (1 + self.deviation * torch.randn_like(x)) if self.training else x
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
}
