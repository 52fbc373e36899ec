"""Two networks compared as architectures: which layers correspond, and what is added, removed, changed or rewired."""
