"""The version of this program: a constant, because reading package metadata would take half of `--version`'s time."""

VERSION = "0.1.0"
