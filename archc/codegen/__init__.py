"""Python source, whatever it is source of: syntax trees, their layout, names, the module around them."""
