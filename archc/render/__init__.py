"""Texts of networks by templates: what a template can read, how it runs, the shipped templates."""
