"""The front end held to the language."""
