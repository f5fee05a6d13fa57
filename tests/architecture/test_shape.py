"""The limits that keep every file readable: size, names, first sentences, and no swept-away errors."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.architecture.tree import ROOMS, ROOT, sentence

FILE_LINES = 400
FUNCTION_LINES = 50
SENTENCE_CHARACTERS = 110
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "core", "manager", "base", "misc"}
UNFINISHED = re.compile("TO" + "DO|FIX" + "ME|XX" + "X")

FILES = sorted(path for room in (*ROOMS, "tests") for path in (ROOT / room).rglob("*.py"))
SHEETS = sorted(path for room in ROOMS for suffix in ("*.sql", "*.tcss") for path in (ROOT / room).rglob(suffix))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def swallows_everything(handler: ast.ExceptHandler) -> bool:
    catches_all = handler.type is None or (
        isinstance(handler.type, ast.Name) and handler.type.id in ("Exception", "BaseException")
    )
    return catches_all and all(isinstance(one, ast.Pass | ast.Continue) for one in handler.body)


def test_every_file_is_short():
    sizes = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {path: size for path, size in sizes.items() if size > FILE_LINES} == {}


def test_every_function_is_short():
    sizes = {
        f"{name(path)}:{one.lineno} {one.name}": (one.end_lineno or one.lineno) - one.lineno + 1
        for path in FILES
        for one in functions(path)
    }
    assert {function: size for function, size in sizes.items() if size > FUNCTION_LINES} == {}


def test_every_file_opens_with_one_sentence():
    said = {name(path): sentence(path) for path in FILES + SHEETS}
    assert {path: one for path, one in said.items() if not one.endswith(".") or len(one) > SENTENCE_CHARACTERS} == {}


def test_every_file_is_named_for_what_it_holds():
    assert [name(path) for path in FILES if EMPTY_NAMES & {path.stem, *path.relative_to(ROOT).parts}] == []


def test_every_import_is_absolute():
    assert [
        f"{name(path)}:{one.lineno}"
        for path in FILES
        for one in ast.walk(tree_of(path))
        if isinstance(one, ast.ImportFrom) and one.level
    ] == []


def test_nothing_is_left_unfinished():
    assert [name(path) for path in FILES + SHEETS if UNFINISHED.search(path.read_text(encoding="utf-8"))] == []


def test_no_error_is_swept_away():
    assert [
        f"{name(path)}:{one.lineno}"
        for path in FILES
        for one in ast.walk(tree_of(path))
        if isinstance(one, ast.ExceptHandler) and swallows_everything(one)
    ] == []
