"""The front end: text with positions, documents, expressions, the library, and their expansion into a graph."""
