"""A network as a member of a family of the library."""
