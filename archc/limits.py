"""What a spec may cost. Nothing that is within these limits takes more than a moment or much memory."""

FILE_BYTES = 4 * 2**20
YAML_NODES = 500_000  # an alias counts as what it stands for
DEPTH = 64  # of YAML, of expressions, of uses of blocks, of `extends`: each
LAYERS = 20_000
ROUNDS = 1_000_000  # steps, and rounds of loops
ITEMS = 100_000  # of a list, with the lists in it; characters of a text
AXES = 64  # of a tensor
INTEGER = 2**53 - 1  # integers stay exact in every float and in JSON
INTEGER_RULE = "an integer must be below 2^53"
TEMPLATE_TEXT = 8 * 2**20  # characters that a template prints, or makes as one text
TEMPLATE_WIDTH = 10_000  # that a text is padded to
PAGE_BYTES = 3_000_000
IMAGE_PIXELS = 64_000_000  # of an image, in its file and scaled, and of a sheet of images
IMAGE_BYTES = 256 * 2**20  # of its file
CACHE_BYTES = 64 * 2**20  # of a disk, for all entries of a cache
CACHE_ENTRY_BYTES = 4 * 2**20
