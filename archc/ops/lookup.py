"""Layers that look texts and whole numbers up in a vocabulary, which the spec gives."""

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple

from archc.diagnostics import shortened
from archc.ir.dtype import INTEGERS, NUMBERS_AND_BOOLEANS
from archc.ir.op import ArgumentError, Example, Op
from archc.ir.shape import Shape, ShapeError, shape_text
from archc.ops.argument_types import (
    COUNT,
    INTEGER,
    ArgumentType,
    Count,
    CountAboveOne,
    Integer,
    Natural,
    itself,
    read_number,
    sequence_of,
)
from archc.ops.categories import Salt, encoded_shape

LookupMode = Literal["int", "one_hot", "multi_hot", "count", "tf_idf"]

_NOTHING_LEARNED = "archc has no data to learn it from"


def _read_words(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not value or not all(isinstance(word, str) for word in value):
        raise ArgumentError(f"must be a list of texts that is not empty, as {_NOTHING_LEARNED}")
    if any("\0" in word for word in value):
        raise ArgumentError("must be texts without the character NUL, at which Keras ends some of them")
    return tuple(value)


def _read_integers(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list | tuple) or not value or any(type(item) is not int for item in value):
        raise ArgumentError(f"must be a list of whole numbers that is not empty, as {_NOTHING_LEARNED}")
    return tuple(map(INTEGER.read, value))


def _list_of(kind: str) -> dict[str, Any]:
    return {"type": "array", "items": {"type": kind}, "minItems": 1}


def _read_weights(value: Any) -> tuple[float, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list | tuple) or not value:
        raise ArgumentError("must be a list of numbers that is not empty, or null")
    return tuple(map(read_number, value))


_WIDTHS = sequence_of(COUNT, alone=itself)

Words = Annotated[tuple[str, ...], ArgumentType(_read_words, _list_of("string"))]
Integers = Annotated[tuple[int, ...], ArgumentType(_read_integers, _list_of("integer"))]
IdfWeights = Annotated[
    tuple[float, ...] | None, ArgumentType(_read_weights, {"anyOf": [_list_of("number"), {"type": "null"}]})
]
Ngrams = Annotated[
    int | tuple[int, ...] | None,
    ArgumentType(
        lambda value: None if value is None else _WIDTHS.read(value),
        {"anyOf": [*_WIDTHS.schema["anyOf"], {"type": "null"}]},
    ),
]


class Table(NamedTuple):
    """A vocabulary with the tokens that stand before it in Keras's table.

    Attributes:
        vocabulary: as it is given, with the special tokens or without them.
        special: the token for padding, if it has a place, then the token for what is unknown, for each of its places.
    """

    vocabulary: tuple[str | int, ...]
    special: tuple[str | int | None, ...]

    @property
    def tokens(self) -> tuple[str | int, ...]:
        """The vocabulary without the special tokens."""
        has_them = self.vocabulary[: len(self.special)] == self.special
        return self.vocabulary[len(self.special) :] if has_them else self.vocabulary

    @property
    def size(self) -> int:
        """The number of places, those of special tokens included."""
        return len(self.special) + len(self.tokens)


class _Lookup(Op):
    """Places in a vocabulary, in one of several output modes."""

    @property
    def table(self) -> Table:
        """The vocabulary and the special tokens before it."""
        raise TypeError(f"{self.op_name} has no table")

    @property
    def reserved(self) -> dict[str, str | int | None]:
        """The tokens that must not be in the vocabulary, by the arguments that give them; None where there is none."""
        return {}

    def model_post_init(self, _: Any, /) -> None:
        values, table = self.values(), self.table
        mode, most, padded, weights = (
            values[name] for name in ("output_mode", "max_tokens", "pad_to_max_tokens", "idf_weights")
        )
        if padded and most is None:
            message = "`pad_to_max_tokens` (=True) needs `max_tokens`"
            raise ArgumentError(message, arguments=("pad_to_max_tokens", "max_tokens"))
        if (weights is None) == (mode == "tf_idf"):
            given = "needs" if weights is None else "has no use for"
            message = f"`output_mode` (={mode}) {given} `idf_weights`"
            raise ArgumentError(message, arguments=("output_mode", "idf_weights"))
        if weights is not None and len(weights) != len(table.vocabulary):
            message = f"`idf_weights` has the length {len(weights):,}, and `vocabulary` {len(table.vocabulary):,}"
            raise ArgumentError(message, arguments=("idf_weights", "vocabulary"))
        self._check_tokens(table)
        if most is not None and table.size > most:
            message = f"`vocabulary` needs {table.size:,} places with those before it, more than `max_tokens` (={most})"
            raise ArgumentError(message, arguments=("vocabulary", "max_tokens"))

    def _check_tokens(self, table: Table) -> None:
        tokens = table.tokens
        if not tokens:
            message = "`vocabulary` has the tokens for what is unknown and for padding alone"
            raise ArgumentError(message, arguments=("vocabulary",))
        if len(distinct := set(tokens)) < len(tokens):
            again = next(token for token, count in Counter(tokens).items() if count > 1)
            message = f"`vocabulary` has the token {shortened(repr(again), 40)} twice"
            raise ArgumentError(message, arguments=("vocabulary",))
        for name, token in self.reserved.items():
            if token is not None and token in distinct:
                has = f"has {shortened(repr(token), 40)}"
                message = f"`vocabulary` {has}, which is the token for padding"
                if name:
                    message = f"`vocabulary` {has}, which is `{name}`: it can stand at its start alone"
                raise ArgumentError(message, arguments=("vocabulary", name) if name else ("vocabulary",))

    def encoded(self, x: Shape) -> Shape:
        """The shape of what tokens of this shape are encoded as."""
        values = self.values()
        depth = values["max_tokens"] if values["pad_to_max_tokens"] else self.table.size
        return encoded_shape(x, values["output_mode"], depth)

    def infer(self, x: Shape) -> Shape:
        return self.encoded(x)

    def result_dtype(self, *_: str) -> str:
        return "float32" if self.values()["output_mode"] == "tf_idf" else "int64"

    def noted_dtype(self, *_: str) -> str:
        return "int64" if self.values()["output_mode"] == "int" else "float32"

    def respelled(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        values = self.values()
        found = {**super().respelled(inputs), "dtype": None}  # which Keras does not use
        if "encoding" in values:
            found["encoding"] = "utf-8"  # of what `get_vocabulary` gives
        if values["output_mode"] == "int" or not values["pad_to_max_tokens"]:
            found |= {"max_tokens": None, "pad_to_max_tokens": False}
        return found if values["idf_weights"] is not None else {**found, "vocabulary": self.table.tokens}


def _special(output_mode: str, mask_token: str | int | None, oov_token: str | int | None, count: int) -> Any:
    has_mask = mask_token is not None and output_mode == "int"
    return (*((mask_token,) if has_mask else ()), *(oov_token,) * count)


class _LookupOfTokens(_Lookup):
    """The places of tokens, or with `invert` the tokens at places."""

    if TYPE_CHECKING:  # each op declares these among its own fields, in Keras's order
        num_oov_indices: Natural
        mask_token: str | int | None
        oov_token: str | int | None
        vocabulary: tuple[str | int, ...]
        invert: bool
        output_mode: LookupMode

    @property
    def table(self) -> Table:
        special = _special(self.output_mode, self.mask_token, self.oov_token, self.num_oov_indices)
        return Table(self.vocabulary, special)

    @property
    def reserved(self) -> dict[str, str | int | None]:
        return {"mask_token": self.mask_token, "oov_token": self.oov_token if self.invert else None}

    def model_post_init(self, context: Any, /) -> None:
        super().model_post_init(context)
        if self.invert and self.output_mode != "int":
            message = f"`invert` (=True) excludes `output_mode` (={self.output_mode})"
            raise ArgumentError(message, arguments=("invert", "output_mode"))
        if self.invert and self.oov_token is None:
            message = "`invert` (=True) needs `oov_token`"
            raise ArgumentError(message, arguments=("invert", "oov_token"))


class IntegerLookup(_LookupOfTokens):
    """The places of whole numbers in a vocabulary, or with `invert` the whole numbers at places."""

    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    note: ClassVar[str] = "Keras runs it with TensorFlow alone. Floats are cut to whole numbers."
    examples: ClassVar = (
        Example({"vocabulary": [12, 36, 1138, 42]}, ((5,),)),
        Example({"vocabulary": [0, 1, 2], "num_oov_indices": 0, "output_mode": "one_hot"}, ((3, 4),)),
        Example({"vocabulary": [12, 36], "mask_token": 0, "num_oov_indices": 2, "oov_method": "farmhash"}, ((3, 4),)),
        Example({"vocabulary": [12, 36], "output_mode": "count", "max_tokens": 6, "pad_to_max_tokens": True}, ((4,),)),
        Example({"vocabulary": [12, 36], "output_mode": "tf_idf", "idf_weights": [0.25, 0.75]}, ((4,),)),
        Example({"vocabulary": [12, 36], "invert": True}, ((4,),)),
    )

    max_tokens: CountAboveOne | None = None
    num_oov_indices: Natural = 1
    mask_token: Integer | None = None
    oov_token: Integer | None = -1
    vocabulary: Integers
    idf_weights: IdfWeights = None
    invert: bool = False
    output_mode: LookupMode = "int"
    pad_to_max_tokens: bool = False
    oov_method: Literal["floormod", "farmhash"] = "floormod"
    salt: Salt = None

    def model_post_init(self, context: Any, /) -> None:
        super().model_post_init(context)
        if self.salt is not None and self.oov_method != "farmhash":
            message = f"`salt` needs `oov_method` farmhash, not {self.oov_method}"
            raise ArgumentError(message, arguments=("salt", "oov_method"))


class StringLookup(_LookupOfTokens):
    """The places of texts in a vocabulary, or with `invert` the texts at places."""

    accepts: ClassVar = INTEGERS | {"string"}
    note: ClassVar[str] = "Keras runs it with TensorFlow alone. It takes whole numbers with `invert`, else texts."
    examples: ClassVar = (
        Example({"vocabulary": ["a", "b", "c", "d"]}, ((5,),)),
        Example({"vocabulary": ["0", "1", "2"], "num_oov_indices": 0, "output_mode": "one_hot"}, ((3, 1),)),
        Example({"vocabulary": ["a", "b"], "mask_token": "", "num_oov_indices": 2, "salt": 7}, ((3, 4),)),
        Example({"vocabulary": ["[UNK]", "a", "b"], "output_mode": "multi_hot"}, ((4,),)),
        Example({"vocabulary": ["a", "b"], "output_mode": "tf_idf", "idf_weights": [0.25, 0.75]}, ((4,),)),
        Example({"vocabulary": ["a", "b"], "invert": True, "encoding": "latin-1"}, ((4,),)),
    )

    max_tokens: CountAboveOne | None = None
    num_oov_indices: Natural = 1
    mask_token: str | None = None
    oov_token: str | None = "[UNK]"
    vocabulary: Words
    idf_weights: IdfWeights = None
    invert: bool = False
    output_mode: LookupMode = "int"
    pad_to_max_tokens: bool = False
    encoding: str = "utf-8"
    salt: Salt = None

    @property
    def input_types(self) -> frozenset[str]:
        return INTEGERS if self.invert else frozenset({"string"})

    def result_dtype(self, *dtypes: str) -> str:
        return "string" if self.invert else super().result_dtype(*dtypes)


class TextVectorization(_Lookup):
    """The words or the characters of a text as their places in a vocabulary, or a row that marks or counts them."""

    accepts: ClassVar = frozenset({"string"})
    windows: ClassVar = Op.all_positions
    note: ClassVar[str] = "Keras runs it with TensorFlow alone. Where it splits, a text is a scalar: `shape: []`."
    examples: ClassVar = (
        Example({"vocabulary": ["a", "b", "c"]}, ((),)),
        Example({"vocabulary": ["a", "b", "c"], "output_sequence_length": 5, "standardize": "lower"}, ((1,),)),
        Example({"vocabulary": ["a", "b", "a b"], "ngrams": 2, "output_mode": "multi_hot"}, ((),)),
        Example({"vocabulary": ["a", "b"], "split": None, "standardize": None, "output_mode": "one_hot"}, ((4,),)),
        Example({"vocabulary": ["a", "b"], "split": None, "ngrams": [1, 2], "output_sequence_length": 3}, ((4,),)),
        Example(
            {"vocabulary": ["a", "b"], "split": "character", "output_mode": "tf_idf", "idf_weights": [0.25, 0.75]},
            ((),),
        ),
        Example({"vocabulary": ["a"], "output_mode": "count", "max_tokens": 5, "pad_to_max_tokens": True}, ((),)),
    )

    max_tokens: CountAboveOne | None = None
    standardize: Literal["lower_and_strip_punctuation", "lower", "strip_punctuation"] | None = (
        "lower_and_strip_punctuation"
    )
    split: Literal["whitespace", "character"] | None = "whitespace"
    ngrams: Ngrams = None
    output_mode: LookupMode = "int"
    output_sequence_length: Count | None = None
    pad_to_max_tokens: bool = False
    vocabulary: Words
    idf_weights: IdfWeights = None
    encoding: str = "utf-8"

    def model_post_init(self, context: Any, /) -> None:
        super().model_post_init(context)
        if self.output_sequence_length is not None and self.output_mode != "int":
            message = f"`output_sequence_length` has no use where `output_mode` is {self.output_mode}"
            raise ArgumentError(message, arguments=("output_sequence_length", "output_mode"))
        if self.output_mode == "one_hot" and self.split is not None:
            message = f"`output_mode` (=one_hot) gives rows of many lengths where `split` is {self.split}"
            raise ArgumentError(message, arguments=("output_mode", "split"))
        if self.output_mode == "one_hot" and self.ngrams is not None:
            message = "`output_mode` (=one_hot) excludes `ngrams`, of which Keras gives more than it says"
            raise ArgumentError(message, arguments=("output_mode", "ngrams"))

    @property
    def table(self) -> Table:
        return Table(self.vocabulary, _special(self.output_mode, "", "[UNK]", 1))

    @property
    def reserved(self) -> dict[str, str | int | None]:
        return {"": ""}

    def infer(self, x: Shape) -> Shape:
        if self.split is None:
            if len(x) != 1:
                message = f"`split` (=None) takes an input with 1 axis, got {shape_text(x)}"
                raise ShapeError(message, arguments=("split",))
        elif x != () and (x != (1,) or self.output_mode != "int"):
            message = f"`split` (={self.split}) takes a text as a scalar (`shape: []`), got {shape_text(x)}"
            raise ShapeError(message, arguments=("split",))
        return (self.output_sequence_length,) if self.output_mode == "int" else self.encoded(x or (None,))

    def respelled(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        counted = {"ngrams": tuple(range(1, self.ngrams + 1))} if isinstance(self.ngrams, int) else {}
        return super().respelled(inputs) | counted
