"""A graph as the text of a spec: a step for each layer, or with what repeats folded into blocks and loops."""
