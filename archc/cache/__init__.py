"""Answers of earlier runs, kept in a folder of the user; those about the library come with the package."""
