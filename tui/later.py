"""What is loaded when the first list stands on the screen: drawing it needs none of these modules."""

from importlib import import_module

LATER = (
    "store.acts", "store.search.query", "store.search.found", "tui.search_window", "tui.search_origin",
    "tui.search_hints", "tui.finding", "tui.thread_window", "tui.conversation", "tui.document_lines",
)  # fmt: skip
"""The start waits for none of them (tests/architecture), and the first key that needs one does not either."""


def load() -> None:
    """Import them; call it in a thread."""
    for name in LATER:
        import_module(name)
