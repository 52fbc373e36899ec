"""A network written as a member of a family of the library, at the settings that bring the member nearest to it."""
