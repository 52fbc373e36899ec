"""Finds specs: names, files, revisions of git, and what a spec extends and uses."""
