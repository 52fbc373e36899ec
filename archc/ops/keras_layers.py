"""The layers of Keras that are not in the vocabulary, for messages."""

NOT_IN_VOCABULARY = (
    "ActivityRegularization", "AugMix", "AutoContrast", "CategoryEncoding",
    "CenterCrop", "ContrastLimitedAdaptiveHistogramEqualization", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D",
    "CutMix", "Discretization", "Equalization", "FlaxLayer", "GRUCell", "GroupQueryAttention", "HashedCrossing",
    "Hashing", "InputLayer", "IntegerLookup", "JaxLayer", "LSTMCell", "Lambda", "Masking", "MaxNumBoundingBoxes",
    "MelSpectrogram", "MixUp", "Pipeline", "RNN", "RandAugment", "RandomBrightness", "RandomColorDegeneration",
    "RandomColorJitter", "RandomContrast", "RandomCrop", "RandomElasticTransform", "RandomErasing", "RandomFlip",
    "RandomGaussianBlur", "RandomGrayscale", "RandomHue", "RandomInvert", "RandomPerspective",
    "RandomPosterization", "RandomRotation", "RandomSaturation", "RandomSharpness", "RandomShear",
    "RandomTranslation", "RandomZoom", "ReversibleEmbedding", "STFTSpectrogram", "SimpleRNNCell", "Solarization",
    "SpectralNormalization", "StackedRNNCells", "StringLookup", "TFSMLayer", "TextVectorization",
    "TorchModuleWrapper",
)  # fmt: skip
"""The names of Keras 3.15, without second names, such as `AvgPool2D`, and without base classes."""
