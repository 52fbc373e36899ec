"""The Keras target: a functional model, and source of one."""
