"""Networks whose layers compute by masks, by a word for each."""

from __future__ import annotations

_HEAD = """
archc: 1
name: Masked
inputs:
  ids: {shape: [6], dtype: int32}
  other: {shape: [6], dtype: int32}
layers:
  - Embedding: {input_dim: 3, output_dim: 4, mask_zero: true}
    as: tokens
  - Embedding: {input_dim: 3, output_dim: 4, mask_zero: true}
    from: other
    as: second
  - Conv1D: {filters: 4, kernel_size: 1}
    as: plain
"""
_ATTENTION = "MultiHeadAttention: {num_heads: 2, key_dim: 3"
_GROUPS = "GroupQueryAttention: {head_dim: 3, num_query_heads: 4, num_key_value_heads: 2"
_BOTH = "  from: [tokens, second]"
_USE = "- Add: [[], plain]"

_BODIES = {
    "pooled": ["- GlobalAveragePooling1D:", "  from: tokens", "- Concatenate: [[], [{from: plain}, Flatten]]"],
    "pooled, axes kept": ["- GlobalAveragePooling1D: {keepdims: true}", "  from: tokens", _USE],
    "through layers": [
        "- from: tokens", "- Dense: 5", "- LayerNormalization", "- Dropout: 0.1", "- ReLU", "- GlobalAveragePooling1D",
        "- Add: [[], {Dense: 1, from: plain}]",
    ],
    "ended by a convolution": [
        "- from: tokens", "- Conv1D: {filters: 4, kernel_size: 1}", "- GlobalAveragePooling1D", _USE
    ],
    "self-attention": [f"- {_ATTENTION}}}", "  from: tokens", "- Add: [[], second]", "- GlobalAveragePooling1D", _USE],
    "cross-attention": [f"- {_ATTENTION}}}", _BOTH, _USE],
    "attention with a key": [f"- {_ATTENTION}}}", "  from: [plain, plain, second]", "- Add: [[], tokens]"],
    "causal attention": [f"- {_ATTENTION}, use_causal_mask: true}}", _BOTH, _USE],
    "attention in a window": [f"- {_ATTENTION}, sliding_window: 2}}", _BOTH, _USE],
    "attention with dropout": [f"- {_ATTENTION}, dropout: 0.5}}", _BOTH, _USE],
    "attention in groups": [f"- {_GROUPS}}}", _BOTH, "- GlobalAveragePooling1D", _USE],
    "attention with both masks": [
        "- side: [{Dense: 6, from: plain}, {Activation: relu, as: scores}]",
        f"- {_GROUPS}, attention_mask: $scores}}", _BOTH,
    ],
    "products": ["- Attention:", _BOTH, "- GlobalAveragePooling1D", _USE],
    "products, scaled": ["- Attention: {use_scale: true}", _BOTH, _USE],
    "products, causal": ["- Attention: {use_causal_mask: true}", _BOTH, _USE],
    "sums": ["- AdditiveAttention:", _BOTH, _USE],
    "sums, causal": ["- AdditiveAttention: {use_causal_mask: true}", "  from: [plain, second]", "- Add: [[], tokens]"],
    "one mask of two": ["- Add: [tokens, second]", "- GlobalAveragePooling1D", _USE],
    "no mask of one and none": ["- Add: [tokens, plain]", "- GlobalAveragePooling1D"],
    "the same mask twice": [
        "- from: tokens", "- Add: [{Dense: 4}, []]", "- Add: [[], {Dense: 4}]", "- GlobalAveragePooling1D", _USE
    ],
    "three masks": [
        "- Masking: {mask_value: 0.1}", "  from: plain", "- Add: [tokens, [], second]", "- GlobalAveragePooling1D"
    ],
    "one after another": ["- Concatenate: {axis: 1, branches: [tokens, second, plain]}", "- GlobalAveragePooling1D"],
    "side by side": ["- Concatenate: [tokens, second]", "- GlobalAveragePooling1D", "- Dense: 4", _USE],
    "side by side with none": ["- Concatenate: [tokens, plain]", "- GlobalAveragePooling1D"],
    "masking": ["- Add: [tokens, plain]", "- ReLU", "- Masking", "- GlobalAveragePooling1D"],
}  # fmt: skip

MASKED = {word: _HEAD + "".join(f"  {line}\n" for line in body) for word, body in _BODIES.items()}
