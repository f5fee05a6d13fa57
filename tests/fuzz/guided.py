"""`python -m tests.fuzz.guided TARGET [libFuzzer's options]` runs one target under atheris, for tests.fuzz."""

import sys

import atheris

with atheris.instrument_imports(include=["protocols", "store"]):
    from tests.fuzz.targets import TARGETS

if __name__ == "__main__":
    atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[sys.argv[1]])
    atheris.Fuzz()
