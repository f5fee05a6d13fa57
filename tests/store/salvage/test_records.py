"""Whatever octets a page holds: reading it ends, with rows or with one error of its own."""

import sqlite3
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from store.salvage.pages import Pages, wal_page_size
from store.salvage.records import INDEX_INTERIOR, INDEX_LEAF, TABLE_INTERIOR, TABLE_LEAF, Unreadable, layout, row
from store.salvage.shapes import Column, Shape, recognise
from store.salvage.trees import Trees

SIZE = 4096


def database(*pages: bytes) -> bytes:
    """A file of these pages behind a first one that says nothing."""
    return bytes(SIZE) + b"".join(page.ljust(SIZE, b"\0")[:SIZE] for page in pages)


@given(
    st.sampled_from([TABLE_LEAF, TABLE_INTERIOR, INDEX_LEAF, INDEX_INTERIOR]),
    st.integers(0, 40),
    st.binary(max_size=SIZE),
)
def test_random_octets_are_rows_or_unreadable(kind: int, cells: int, rest: bytes):
    page = bytes([kind, 0, 0]) + cells.to_bytes(2, "big") + rest
    pages = Pages(database(page, page, rest), b"")
    trees = Trees(pages)
    for number in (1, 2, 3, 4):
        list(trees.rows(number))
    list(Trees(pages).strays())
    try:
        head = layout(pages.page(2), 2)
    except Unreadable:
        return
    for cell in head.cells:
        try:
            row(pages, pages.page(2), head.kind, cell, set())
        except Unreadable:
            continue


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_random_files_have_pages_or_none(file: bytes, log: bytes):
    pages = Pages(file, log)
    assert pages.page(0) == b""
    assert pages.count == len(file) // pages.size
    assert pages.free() == set()
    assert Trees(pages).schema() == []
    assert wal_page_size(log) is None or len(log) >= 32


def test_every_kind_of_value_is_read_as_sqlite_wrote_it(tmp_path: Path):
    values = [
        None, 0, 1, -1, 127, -128, 128, 32_767, -32_769, 8_388_607, 2**31 - 1, 2**31, 2**47 - 1, -(2**47), 2**62,
        -(2**63), 1.5, -0.0, "", "bồ câu", "x" * 5000, b"", b"\0\xff" * 3000, b"y" * 100_000,
    ]  # fmt: skip
    path = tmp_path / "values"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("CREATE TABLE kinds (id INTEGER PRIMARY KEY, value)")
    connection.executemany("INSERT INTO kinds (value) VALUES (?)", [(value,) for value in values])
    connection.close()
    trees = Trees(Pages(path.read_bytes(), b""))
    [(_, name, _, root)] = trees.schema()
    assert name == "kinds"
    found = list(trees.rows(root))
    assert [one.values[1] for one in found] == values
    assert [one.rowid for one in found] == list(range(1, len(values) + 1))
    assert trees.bad == 0


def test_a_tree_that_leads_in_circles_ends():
    circle = bytes([TABLE_INTERIOR, 0, 0, 0, 0, 0, 0, 0]) + (2).to_bytes(4, "big")
    trees = Trees(Pages(database(circle), b""))
    assert list(trees.rows(2)) == []
    assert trees.bad == 1


def test_a_leaf_is_recognised_by_most_of_its_rows(tmp_path: Path):
    connection = sqlite3.connect(tmp_path / "shapes", isolation_level=None)
    connection.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL, age INTEGER)")
    connection.executemany("INSERT INTO people (name, age) VALUES (?, ?)", [("Anna", 40), ("Binh", None)] * 5)
    connection.close()
    columns = (
        Column("id", "INTEGER", True, False), Column("name", "TEXT", True, False), Column("age", "INTEGER", False, True)
    )  # fmt: skip
    people, notes = Shape("people", columns, 0), Shape("notes", (columns[0], columns[2]), 0)
    [(_, _, _, root)] = (trees := Trees(Pages((tmp_path / "shapes").read_bytes(), b""))).schema()
    leaf = list(trees.rows(root))
    assert recognise(leaf, [notes, people]) is people
    assert recognise(leaf, [notes]) is None
    assert people.named(leaf[0]) == {"id": 1, "name": "Anna", "age": 40}
