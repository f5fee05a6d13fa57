"""Every numbered case of hostile input is named by a test: in its name, its docstring, or the id of an example."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.architecture.cases import CASES, UNTESTED

TESTS = Path(__file__).parent.parent
_NUMBER = re.compile(r"\b([TMPCHALSIOXEDKR]\d\d)\b")
_IN_A_NAME = re.compile(r"(?<=_)([tmpchalsioxedkr]\d\d)(?=_)")


def _words(node: ast.AST) -> Iterator[str]:
    """What a piece of a test says about itself; an IMAP tag such as A01 in its script is not asked."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
        yield ast.get_docstring(node) or ""
    elif isinstance(node, ast.keyword) and node.arg in {"id", "ids"}:
        yield from (at.value for at in ast.walk(node) if isinstance(at, ast.Constant) and isinstance(at.value, str))


@cache
def _named() -> set[str]:
    found: set[str] = set()
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for words in _words(node):
                found.update(_NUMBER.findall(words))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                found.update(number.upper() for number in _IN_A_NAME.findall(node.name))
    return found


def test_only_numbers_of_the_catalogue_are_named():
    assert sorted(number for number in _named() if number not in CASES) == []


def test_every_case_is_tested_or_its_absence_explained():
    assert sorted(set(CASES) - _named() - set(UNTESTED)) == []


def test_nothing_is_explained_away_that_is_tested():
    assert sorted(set(UNTESTED) & _named()) == []
