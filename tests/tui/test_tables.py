"""Tables of data in columns."""

import pytest
from rich.cells import cell_len

from protocols.mime.blocks import Document, LinkList
from protocols.mime.html import html_blocks
from tui.document_lines import lines


def shown(html: str, width: int) -> list[str]:
    links = LinkList()
    document = Document(tuple(html_blocks(html, links)), tuple(links.links))
    found = ["".join((line.prefix, *(run.text for run in line.runs))).rstrip() for line in lines(document, width)]
    return [line for line in found if line]


def rows(*content: tuple[str, ...]) -> str:
    made = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in content)
    return f"<table>{made}</table>"


PRICES = rows(("What", "Price"), ("Apples", "1.20"), ("Pears from the garden", "11.20"), ("梨", "—"))


def test_cells_stand_under_each_other_and_numbers_to_the_right():
    assert shown(PRICES, 60) == [
        "What                  │ Price",
        "Apples                │  1.20",
        "Pears from the garden │ 11.20",
        "梨                    │     —",
    ]


def test_where_there_is_little_room_a_cell_takes_several_lines():
    assert shown(PRICES, 20) == [
        "What         │ Price",
        "Apples       │  1.20",
        "Pears from   │ 11.20",
        "the garden   │",
        "梨           │     —",
    ]


def test_of_a_row_with_fewer_cells_the_last_one_stands_in_the_last_column():
    assert shown(rows(("a", "b", "c"), ("1", "2", "3"), ("sum", "6")), 40)[-1] == "sum │   │ 6"


def test_one_long_text_among_data_is_wrapped_within_its_column():
    long = "A keyboard with brown switches, and a description that goes on for longer than most"
    found = shown(rows(("Item", "Price"), (long, "$89.00"), ("Cable", "$7.99")), 60)
    assert found[1].startswith("A keyboard") and found[1].endswith("│ $89.00") and found[3] == f"{'Cable':<51} │  $7.99"


@pytest.mark.parametrize("width", [10, 14, 30, 200])
def test_nothing_is_wider_than_the_pane_and_nothing_is_lost(width: int):
    found = shown(rows(*(tuple(f"{row}x{column}" for column in range(5)) for row in range(5))), width)
    assert max(map(cell_len, found)) <= width
    text = "".join(found).replace(" ", "").replace("│", "")
    assert text == "".join(f"{row}x{column}" for row in range(5) for column in range(5))


def test_text_that_somebody_set_in_columns_is_no_table_of_data():
    prose = "Some words that go on and on beside some others. " * 3
    assert shown(rows((prose, "x"), (prose, "y")), 80)[0].startswith("Some words")
    assert not any(line.endswith("│ x") and len(line) > 80 for line in shown(rows((prose, "x"), (prose, "y")), 80))


def test_the_number_of_a_link_counts_as_part_of_its_cell():
    found = shown(rows(("name", "n"), ("<a href='https://x.example/'>here</a>", "1"), ("there", "2")), 40)
    assert found == ["name    │ n", "here[1] │ 1", "there   │ 2"]
