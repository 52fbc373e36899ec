"""The graph's facts: cost, depth, receptive field, and the check of what documents say."""
