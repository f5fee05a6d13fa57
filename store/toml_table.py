"""Reads one table of the configuration key by key: types, choices, and errors that point at the line."""

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from store.toml_text import KeyPath, TomlText

Value = TypeVar("Value")


class Table:
    """One table being read.  Every key that is asked for counts as known; `finish` refuses the others."""

    def __init__(self, source: TomlText, path: KeyPath, content: dict[str, Any]) -> None:
        self.path = path
        self._source = source
        self._content = content
        self._known: list[str] = []

    def __contains__(self, key: str) -> bool:
        return key in self._content

    @property
    def names(self) -> tuple[str, ...]:
        """The keys that the file has here, in its order."""
        return tuple(self._content)

    def fail(self, key: str, problem: str, hint: str) -> NoReturn:
        """Raise ConfigurationError for `key` of this table; an empty key means the table itself."""
        raise self._source.fault((*self.path, key) if key else self.path, problem, hint)

    def text(self, key: str, default: str = "", *, choices: Sequence[str] = ()) -> str:
        """A text without control characters, one of `choices` when there are some.  Raises ConfigurationError."""
        allowed = f"Allowed: {', '.join(choices)}." if choices else 'It must be a text in quotes: "...".'
        value = self._typed(key, str, allowed)
        if value is None:
            return default
        if choices and value not in choices:
            self.fail(key, f'"{value}" is not allowed.', _with_suggestion(value, choices, allowed))
        if not value.strip():
            self.fail(key, "it is empty.", "Give it a value or remove the line.")
        if not value.isprintable():
            self.fail(key, "it holds a line break or another control character.", "It must be one line of plain text.")
        return value

    def required(self, key: str, hint: str, *, choices: Sequence[str] = ()) -> str:
        """Like `text`, for a key that must be there; `hint` says what to write."""
        if key not in self._content:
            self._known.append(key)
            for written in get_close_matches(key, self._content.keys() - set(self._known), n=1, cutoff=0.75):
                self.fail(written, "there is no such setting.", f'Did you mean "{key}"?')
            self.fail(key, "it is missing.", hint)
        return self.text(key, choices=choices)

    def flag(self, key: str, default: bool) -> bool:
        """A true or false."""
        value = self.switch(key)
        return default if value is None else value

    def switch(self, key: str) -> bool | None:
        """A true or false, None when absent."""
        return self._typed(key, bool, "Allowed: true, false (without quotes).")

    def port(self, key: str, default: int) -> int:
        """A TCP port."""
        allowed = "Allowed: a whole number from 1 to 65535, without quotes."
        value = self._typed(key, int, allowed)
        if value is None:
            return default
        if not 1 <= value <= 65535:
            self.fail(key, f"{value} is not a port.", allowed)
        return value

    def file(self, key: str) -> Path | None:
        """A path, `~` expanded, relative to the configuration file; whether it exists is seen when it is used."""
        value = self.text(key)
        return self._source.file.parent / Path(value).expanduser() if value else None

    def texts(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """A list of texts, not empty."""
        allowed = 'It must be a list of texts: ["...", "..."].'
        value = self._typed(key, list, allowed)
        if value is None:
            return default
        if not value or not all(isinstance(item, str) and item.strip() and item.isprintable() for item in value):
            self.fail(key, "it is empty, or something in it is not a text.", allowed)
        return tuple(value)

    def text_or_texts(self, key: str) -> str | tuple[str, ...]:
        """A text, or a list of texts, which may be empty: `"e"`, `["e", "y"]`, `[]`."""
        value = self._content.get(key)
        if not isinstance(value, list):
            return self.text(key)
        self._known.append(key)
        return self.texts(key, ()) if value else ()

    def parsed(self, key: str, parse: Callable[[str], Value], allowed: str) -> Value | None:
        """A text that `parse` understands (ValueError: it does not); None when absent."""
        text = self.text(key)
        if not text:
            return None
        try:
            return parse(text)
        except ValueError:
            self.fail(key, f'"{text}" is not allowed.', f"Allowed: {allowed}.")

    def table(self, key: str) -> "Table | None":
        """The table inside this one, None when absent."""
        name = ".".join((*self.path, key))
        value = self._typed(key, dict, f"It must be a table: [{name}], then its keys below.")
        return None if value is None else Table(self._source, (*self.path, key), value)

    def finish(self) -> None:
        """Refuse the first key that nobody asked for.  Raises ConfigurationError with the nearest known one."""
        for key in self._content:
            if key not in self._known:
                allowed = f"Allowed here: {', '.join(sorted(set(self._known)))}."
                self.fail(key, "there is no such setting.", _with_suggestion(key, self._known, allowed))

    def _typed(self, key: str, kind: type[Value], allowed: str) -> Value | None:
        self._known.append(key)
        value = self._content.get(key)
        # bool is an int to Python, not to the reader of a configuration file.
        if value is None or (isinstance(value, kind) and not (kind is int and isinstance(value, bool))):
            return value
        self.fail(key, f"a {_TYPE_WORDS.get(type(value), 'date or time')} is not allowed.", allowed)


_TYPE_WORDS: dict[type, str] = {
    str: "text",
    bool: "true or false",
    int: "number",
    float: "decimal number",
    list: "list",
    dict: "table",
}


def _with_suggestion(written: str, known: Sequence[str], allowed: str) -> str:
    near = get_close_matches(written.lower(), known, n=1)
    return f'Did you mean "{near[0]}"?  {allowed}' if near else allowed
