"""Networks as pages: one file each, with a picture that can be unfolded."""
