"""The tree of the project for the README: one sentence a file, taken from each file's own first line."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("tui", "protocols", "store", "bench")
SUFFIXES = (".py", ".sql", ".tcss")
TESTS = "the suite: a folder for each room, `architecture/` (rules), `journeys/` (everything together), `servers/`"


def sentence(path: Path) -> str:
    """What a file says it is for: its docstring's first line, or the first sentence of the comment that opens it."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
    opening = re.match(r"\s*(?:--+|/\*+)\s*(.*?)(?:(?<=\.)\s.*|\s*(?:\*/)?\s*)$", text, re.M)
    return opening[1] if opening else ""


def render() -> str:
    """The tree as a fenced block; columns are aligned inside each folder."""
    lines = []
    for room in ROOMS:
        lines += _folder(ROOT / room, depth=0)
    lines.append(f"tests/  {TESTS}")
    return "```text\n" + "\n".join(lines) + "\n```"


def _folder(folder: Path, depth: int) -> list[str]:
    indent = "  " * depth
    opening = folder / "__init__.py"
    about = sentence(opening) if opening.exists() else ""
    lines = [f"{indent}{folder.name}/  {about}".rstrip()]
    entries = sorted(folder.iterdir())
    files = [one for one in entries if one.suffix in SUFFIXES and one.name != "__init__.py"]
    width = max((len(one.name) for one in files), default=0)
    lines += [f"{indent}  {one.name:<{width}}  {sentence(one)}".rstrip() for one in files]
    for one in entries:
        if one.is_dir() and any(one.rglob(f"*{suffix}") for suffix in SUFFIXES) and one.name != "__pycache__":
            lines += _folder(one, depth + 1)
    return lines
