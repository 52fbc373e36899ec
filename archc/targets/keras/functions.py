"""What Keras has no layer for, as functions over Keras that a saved model needs nothing else for.

Every operation made here is named after the layer, so that equal networks are equal files. Generated source has a copy
of those that it needs as they stand, which is why they are without types, as people write Keras.
"""

import string

import keras


def named(tensor, name):
    """The tensor, after giving the operation that made it a name."""
    tensor._keras_history.operation.name = name
    return tensor


def named_output(tensor, name):
    """The tensor as an output of this name, which is that of the layer that makes it."""
    if tensor._keras_history.operation.name == name:
        return tensor
    return keras.layers.Identity(name=name)(tensor)


def activation_with(function, **arguments):
    """A function of `keras.activations` with arguments, as an operation, which Keras saves with the layer."""
    of_tensors = keras.activations if function == "relu" else keras.ops  # `keras.ops.relu` has no arguments
    activated = getattr(of_tensors, function)(keras.KerasTensor((None,) * 64), **arguments)
    return named(activated, function)._keras_history.operation


def named_mask(tensor):
    """The tensor, after giving names that no layer has to the operations that made its mask."""
    pending, number, name = [getattr(tensor, "_keras_mask", None)], 0, tensor._keras_history.operation.name
    while pending:
        mask = pending.pop()
        if mask is None or mask.dtype != "bool" or mask._keras_history.operation.name.startswith("mask_of_"):
            continue
        operation, number = mask._keras_history.operation, number + 1
        operation.name = f"mask_of_{name}_{number}"
        pending += operation._inbound_nodes[mask._keras_history.node_index].input_tensors
    return tensor


def local_response_normalization(x, *, size=5, bias=2.0, alpha=1e-4, beta=0.75, name):
    """`x / (bias + alpha * sum of squares) ** beta`, the sum over the `size` channels around each."""
    widths = [(0, 0)] * (len(x.shape) - 1) + [(size // 2, size // 2)]
    padded = named(keras.ops.pad(named(keras.ops.square(x), f"{name}_square"), widths), f"{name}_pad")
    total = named(padded[..., : 1 - size or None], f"{name}_neighbor_0")
    for i in range(1, size):
        neighbor = named(padded[..., i : i + 1 - size or None], f"{name}_neighbor_{i}")
        total = named(keras.ops.add(total, neighbor), f"{name}_sum_{i}")
    shifted = named(keras.ops.add(named(keras.ops.multiply(total, alpha), f"{name}_scale"), bias), f"{name}_shift")
    return named(keras.ops.divide(x, named(keras.ops.power(shifted, beta), f"{name}_power")), name)


def channel_shuffle(x, *, groups, name):
    """The channels of `groups` groups, one of each group in turn."""
    channels = x.shape[-1]
    order = [group + place for place in range(channels // groups) for group in range(0, channels, channels // groups)]
    return named(keras.ops.take(x, order, axis=-1), name)


def slice_axis(x, *, axis=-1, start=0, stop=None, name):
    """The part of an axis from `start` up to, but not including, `stop`."""
    parts = [slice(None)] * len(x.shape)
    parts[axis] = slice(start, stop)
    return named(x[tuple(parts)], name)


def split(x, *, indices_or_sections, axis=-1, name):
    """The parts of an axis: a number of equal ones, or those that begin at 0 and at these places."""
    size = x.shape[axis]
    places = indices_or_sections
    if isinstance(places, int):
        places = range(size // places, size, size // places)
    ends = zip((0, *places), (*places, None), strict=True)
    return [
        slice_axis(x, axis=axis, start=start, stop=stop, name=f"{name}_{i}") for i, (start, stop) in enumerate(ends)
    ]


def pad_axis(x, *, axis=-1, before=0, after=0, name):
    """Zeros before and after what is there along an axis."""
    widths = [(0, 0)] * len(x.shape)
    widths[axis] = (before, after)
    return named(keras.ops.pad(x, widths), name)


def scale(x, *, center=False, initial=1.0, trainable=True, dtype=None, name):
    """A learned factor a channel; with `center` a learned bias too."""
    axes = string.ascii_lowercase[: len(x.shape)]
    return keras.layers.EinsumDense(
        f"{axes},{axes[-1]}->{axes}",
        output_shape=x.shape[1:],
        bias_axes=axes[-1] if center else None,
        kernel_initializer=keras.initializers.Constant(initial),
        trainable=trainable,
        dtype=dtype,
        name=name,
    )(x)


def learned(like, *, shape, initializer="zeros", trainable=True, dtype=None, name):
    """A learned tensor of this shape, once for each example of the batch that `like` belongs to."""
    column = named(like[(slice(None), *[0] * (len(like.shape) - 1))], f"{name}_batch")
    ones = named(keras.ops.ones_like(column, dtype=keras.config.floatx()), f"{name}_ones")
    axes = string.ascii_lowercase[: len(shape) + 1]
    return keras.layers.EinsumDense(
        f"a,{axes[1:]}->{axes}",
        output_shape=shape,
        kernel_initializer=initializer,
        trainable=trainable,
        dtype=dtype,
        name=name,
    )(ones)


def in_lists(value):
    """Numbers in tuples as numbers in lists, which a saved model holds as they are."""
    return [in_lists(item) for item in value] if isinstance(value, (list, tuple)) else value


def constant(like, *, value, shape=None, dtype=None, name):
    """A tensor of these numbers, once for each example of the batch that `like` belongs to."""
    numbers = in_lists(value)
    sizes = shape
    if sizes is None:
        sizes, inner = [], numbers
        while isinstance(inner, list):
            sizes, inner = [*sizes, len(inner)], inner[0]
    column = named(like[(slice(None), *[0] * (len(like.shape) - 1))], f"{name}_batch")
    ones = named(keras.ops.reshape(column, (-1, *[1] * len(sizes))), f"{name}_column")
    tensor = named(keras.ops.tile(ones, (1, *sizes)), f"{name}_shape")
    kind = (dtype or keras.config.dtype_policy().compute_dtype).removeprefix("mixed_")
    return named(keras.ops.full_like(tensor, numbers, dtype=kind), name)


def absolute(x, *, name):
    """Each number without its sign."""
    return named(keras.ops.absolute(x), name)


def square(x, *, name):
    """Each number times itself."""
    return named(keras.ops.square(x), name)


def sqrt(x, *, name):
    """The square root of each number."""
    return named(keras.ops.sqrt(x), name)


def exp(x, *, name):
    """The exponential of each number."""
    return named(keras.ops.exp(x), name)


def log(x, *, name):
    """The natural logarithm of each number."""
    return named(keras.ops.log(x), name)


def power(x, *, exponent, name):
    """Each number to a power."""
    return named(keras.ops.power(x, exponent), name)


def divide(x, y, *, name):
    """The first tensor divided by the second."""
    return named(keras.ops.divide(x, y), name)


def sum_axes(x, *, axis, keepdims=False, name):
    """The sum along some axes."""
    return named(keras.ops.sum(x, axis=axis, keepdims=keepdims), name)


def mean_axes(x, *, axis, keepdims=False, name):
    """The mean along some axes."""
    return named(keras.ops.mean(x, axis=axis, keepdims=keepdims), name)


def max_axes(x, *, axis, keepdims=False, name):
    """The largest number along some axes."""
    return named(keras.ops.max(x, axis=axis, keepdims=keepdims), name)


def min_axes(x, *, axis, keepdims=False, name):
    """The smallest number along some axes."""
    return named(keras.ops.min(x, axis=axis, keepdims=keepdims), name)


def matmul(x, y, *, name):
    """The product of matrices."""
    return named(keras.ops.matmul(x, y), name)


def einsum(*tensors, equation, name):
    """Products of tensors, summed over the axes that the output of the equation lacks."""
    return named(keras.ops.einsum(equation, *tensors), name)


def take(x, *, indices, axis=-1, name):
    """What is at some places along an axis."""
    return named(keras.ops.take(x, indices, axis=axis), name)


def roll(x, *, shift, axis, name):
    """Moves what is along some axes; what leaves at one end comes in at the other."""
    return named(keras.ops.roll(x, shift, axis=axis), name)


def space_to_depth(x, *, block_size, name):
    """The numbers of each square of positions become the channels of one."""
    return named(keras.ops.space_to_depth(x, block_size), name)


def depth_to_space(x, *, block_size, name):
    """The channels of each position become the numbers of a square of positions."""
    return named(keras.ops.depth_to_space(x, block_size), name)


def sampling(mean, log_variance, *, seed=None, name):
    """The mean in inference; while training a number from the normal distribution around it."""
    zeros = named(keras.ops.zeros_like(mean), f"{name}_zeros")
    noise = keras.layers.GaussianNoise(1.0, seed=seed, dtype=mean.dtype, name=f"{name}_noise")(zeros)
    halved = named(keras.ops.multiply(log_variance, 0.5), f"{name}_half")
    deviation = named(keras.ops.exp(halved), f"{name}_deviation")
    return named(keras.ops.add(mean, named(keras.ops.multiply(deviation, noise), f"{name}_scaled")), name)


def stochastic_depth(x, *, rate, seed=None, trainable=True, dtype=None, name):
    """Sets all numbers of an example to zero while training."""
    mask = (None, *[1] * (len(x.shape) - 1))
    return keras.layers.Dropout(rate, noise_shape=mask, seed=seed, trainable=trainable, dtype=dtype, name=name)(x)
