"""Writes the generated parts of README.md: the tree of the project, and the keys."""

import re
import sys
from pathlib import Path

from tests.architecture import keys, tree

README = Path(__file__).parents[2] / "README.md"
PARTS = {"tree": tree.render, "keys": keys.render}


def current(part: str) -> str:
    """What README.md holds between the markers of a part now."""
    found = _between(part).search(README.read_text(encoding="utf-8"))
    return found[2].strip() if found else ""


def write() -> None:
    """Replace what stands between the markers; raises ValueError for a README without them."""
    text = README.read_text(encoding="utf-8")
    for part, render in PARTS.items():
        made = render()
        text, count = _between(part).subn(lambda match, made=made: f"{match[1]}\n{made}\n{match[3]}", text)
        if count != 1:
            raise ValueError(f"README.md has no <!-- {part} --> ... <!-- /{part} -->")
    README.write_text(text, encoding="utf-8")


def _between(part: str) -> re.Pattern[str]:
    return re.compile(f"(<!-- {part} -->)(.*?)(<!-- /{part} -->)", re.DOTALL)


if __name__ == "__main__":
    try:
        write()
    except ValueError as error:
        sys.exit(str(error))
