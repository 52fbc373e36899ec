"""The version of the package; reading it from installed metadata would take longer than most commands."""

__version__ = "0.1.0"
