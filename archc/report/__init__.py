"""Output: text for a terminal, JSON, Markdown, HTML."""
