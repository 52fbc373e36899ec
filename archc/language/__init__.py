"""The language of specs: text with positions, documents, steps, expressions, and their readers."""
