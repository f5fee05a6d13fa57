"""No text reaches a widget in a way that Textual or Rich would read as markup."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

PARSING = {
    "Checkbox", "Collapsible", "DataTable", "Digits", "Label", "Markdown", "MarkdownViewer", "Option", "OptionList",
    "Placeholder", "RadioButton", "RichLog", "Select", "SelectionList", "Tab", "TabPane", "TabbedContent", "Tabs",
    "Tree",
}  # fmt: skip
"""Widgets of Textual that read a bare string as markup, some without a switch: none of them is used here."""
ATTRIBUTES = frozenset({"border_title", "border_subtitle", "tooltip"})
"""What is read as markup when it is set."""


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _is_off(call: ast.Call) -> bool:
    return any(
        one.arg == "markup" and isinstance(one.value, ast.Constant) and one.value.value is False
        for one in call.keywords
    )


def _is_plain(node: ast.expr) -> bool:
    """A string of our own source, or Content: text with looks, which nothing parses any more."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and "[" not in node.value
    return isinstance(node, ast.Call) and _name(node.func) == "Content"


def _of_a_static(call: ast.Call) -> bool:
    """Whether it is `….query_one(…, Static).update(…)`."""
    of = call.func.value if isinstance(call.func, ast.Attribute) else None
    return (
        isinstance(of, ast.Call)
        and _name(of.func) in {"query_one", "query_exactly_one"}
        and any(_name(one) == "Static" for one in of.args)
    )


def _fault_of(call: ast.Call) -> str:
    name, first = _name(call.func), call.args[0] if call.args else None
    if name in PARSING and isinstance(call.func, ast.Name):
        return f"{name} reads markup"
    if name == "from_markup":
        return "markup is parsed"
    if name == "notify" and (first or call.keywords) and not _is_off(call) and not _is_passed_on(call):
        return "notify without markup=False"
    if name in {"Static", "Button"} and first and not _is_off(call) and not _is_plain(first):
        return f"{name} of a bare string"
    if name == "update" and _of_a_static(call) and isinstance(first, ast.JoinedStr):
        return "update with a bare string"
    return ""


def _faults(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (fault := _fault_of(node)):
            yield f"{node.lineno}: {fault}"
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr in ATTRIBUTES:
            yield f"{node.lineno}: {node.attr} is read as markup"
        elif (
            isinstance(node, ast.FunctionDef) and node.name == "render" and _name(node.returns or ast.Name("")) == "str"
        ):
            yield f"{node.lineno}: render answers a bare string"


def _is_passed_on(call: ast.Call) -> bool:
    """Whether our own `notify` hands its argument to Textual's."""
    return any(one.arg == "markup" and _name(one.value) == "markup" for one in call.keywords)


@pytest.mark.parametrize("path", sorted((ROOT / "tui").rglob("*.py")), ids=lambda path: path.stem)
def test_no_bare_string_of_data_is_handed_to_a_widget(path: Path):
    """M09"""
    assert list(_faults(ast.parse(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    "source",
    ["Static(name)", "Static(f'{x}')", "Static('[b]x')", "app.notify(text)", "app.notify(text, markup=True)",
     "Label(x)", "self.tooltip = name", "Content.from_markup(name)", "Button(name)", "DataTable()",
     "w.border_title = name", "self.query_one('#x', Static).update(f'{name}')", "def render(self) -> str: ..."],
)  # fmt: skip
def test_what_would_be_parsed_is_found(source: str):
    assert list(_faults(ast.parse(source)))
