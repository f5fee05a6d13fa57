"""The version, as a constant: reading package metadata would take half of the time of `--version`."""

VERSION = "0.1.0"
