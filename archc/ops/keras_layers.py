"""What `keras.layers` exports beside the ops of the language: second names, and what is no op, with the reason."""

VERSIONS = ("3.15",)
"""The versions of Keras whose exports these lists have all of."""

SECOND_NAMES = {
    "AvgPool1D": "AveragePooling1D",
    "AvgPool2D": "AveragePooling2D",
    "AvgPool3D": "AveragePooling3D",
    "Convolution1D": "Conv1D",
    "Convolution1DTranspose": "Conv1DTranspose",
    "Convolution2D": "Conv2D",
    "Convolution2DTranspose": "Conv2DTranspose",
    "Convolution3D": "Conv3D",
    "Convolution3DTranspose": "Conv3DTranspose",
    "GlobalAvgPool1D": "GlobalAveragePooling1D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "GlobalAvgPool3D": "GlobalAveragePooling3D",
    "GlobalMaxPool1D": "GlobalMaxPooling1D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "GlobalMaxPool3D": "GlobalMaxPooling3D",
    "MaxPool1D": "MaxPooling1D",
    "MaxPool2D": "MaxPooling2D",
    "MaxPool3D": "MaxPooling3D",
    "SeparableConvolution1D": "SeparableConv1D",
    "SeparableConvolution2D": "SeparableConv2D",
}
"""The second names of ops in Keras, which are no words of the language."""

EXPORTED_AS = {"GroupQueryAttention": "GroupedQueryAttention"}
"""Keras's classes of the ops that it exports under another name."""

CELL_NAMES = ("GRUCell", "LSTMCell", "SimpleRNNCell", "StackedRNNCells")
"""The cells of recurrent layers, which are arguments of ops."""

_CELL = "one step of a recurrent layer, which has no tensor of its own: the `cell` of `RNN`"
_CODE = "its computation is code outside of Keras, which archc does not run"
_LAYERS_INSIDE = "holds layers: in a spec they are steps, or a block"

NOT_IN_VOCABULARY = {
    "Equalization": "Keras 3.15 cannot build a model with it: it computes with numbers where a model has none yet",
    "FlaxLayer": _CODE,
    "GRUCell": _CELL,
    "InputLayer": "the `input` of a spec",
    "InputSpec": "no layer, but what a layer says of its inputs",
    "JaxLayer": _CODE,
    "LSTMCell": _CELL,
    "Lambda": "its computation is a function in Python, which archc does not run",
    "Layer": "the class that layers derive from",
    "MaxNumBoundingBoxes": "works on boxes by their names, and leaves a tensor as it is",
    "Pipeline": _LAYERS_INSIDE,
    "RandomCrop": "in inference Keras 3.15 leaves an image as it is, and says that it is cropped",
    "SimpleRNNCell": _CELL,
    "StackedRNNCells": _CELL,
    "TFSMLayer": _CODE,
    "TorchModuleWrapper": _CODE,
    "Wrapper": "the class that layers around a layer derive from",
}
"""The classes that are no op, and why."""
