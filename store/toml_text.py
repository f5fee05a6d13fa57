"""A TOML file with the line of every key, so that an error can point at it and a table can be cut out."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from store.errors import ConfigurationError

KeyPath = tuple[str, ...]

_TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}'  # strings first: they may hold everything else
    r"|'''.*?'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*"
    r"|[A-Za-z0-9_+:-]+"
    r"|[\[\]{}=.,\n]",
    re.DOTALL,
)
_POSITION = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")


@dataclass(frozen=True, slots=True)
class TomlText:
    """A TOML text that parses: its data, the 1-based line of each key and table, and its table headers in order."""

    file: Path
    text: str
    data: dict[str, Any]
    lines: dict[KeyPath, int] = field(default_factory=dict)
    headers: list[tuple[int, KeyPath]] = field(default_factory=list)

    def line_of(self, key: KeyPath) -> int:
        """The line of `key`, or of the nearest table around it; 1 when nothing of it stands in the text."""
        while key and key not in self.lines:
            key = key[:-1]
        return self.lines.get(key, 1)

    def fault(self, key: KeyPath, problem: str, hint: str) -> ConfigurationError:
        """The error for `key`: the title names file, line and key, `hint` says what is allowed."""
        return ConfigurationError(f"{self.file}, line {self.line_of(key)}: {'.'.join(key)}: {problem}", hint)


def parse(file: Path, content: bytes) -> TomlText:
    """Parse the content of `file`.  Raises ConfigurationError with the line when it is not TOML 1.0 in UTF-8."""
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
        result = TomlText(file, text, tomllib.loads(text))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{file}, line {line}: this is not UTF-8 text.", "Save the file as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise _syntax_fault(file, text, str(error)) from None
    except (RecursionError, ValueError) as error:
        # Thousands of brackets, or a number with thousands of digits: tomllib gives up in its own way.
        raise ConfigurationError(
            f"{file}, line 1: this cannot be read as TOML: {error}.", "Correct the file."
        ) from None
    _locate(result)
    return result


def _syntax_fault(file: Path, text: str, message: str) -> ConfigurationError:
    position = _POSITION.search(message)
    line = int(position[1]) if position and position[1] else text.rstrip("\n").count("\n") + 1
    written = text.splitlines()[line - 1 : line]
    key = re.match(r"\s*([A-Za-z0-9_.\"'-]+)\s*=", written[0]) if written else None
    where = f"{file}, line {line}: {key[1]}:" if key else f"{file}, line {line}:"
    problem = _POSITION.sub("", message)
    hint = 'A line is key = value; a text stands in quotes, a list in brackets: host = "mail.example.com".'
    return ConfigurationError(f"{where} {problem[:1].lower()}{problem[1:]}.", hint)


def _locate(result: TomlText) -> None:
    """Fill in lines and headers.  The text is valid TOML, so a statement's shape alone tells what it is."""
    table: KeyPath = ()
    for line, tokens in _statements(result.text):
        if tokens[0] == "[":
            table = _key([token for token in tokens if token not in "[]"])
            result.headers.append((line, table))
            path = table
        else:
            path = table + _key(tokens[: tokens.index("=")])
        for depth in range(1, len(path) + 1):
            result.lines.setdefault(path[:depth], line)


def _statements(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each header or assignment as (its first line, its tokens), however many lines its value covers."""
    line, start, depth = 1, 1, 0
    tokens: list[str] = []
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token == "\n" and depth == 0:
            if tokens:
                yield start, tokens
            tokens = []
        elif token != "\n" and token[0] != "#":
            if not tokens:
                start = line
            tokens.append(token)
            depth += (token in ("[", "{")) - (token in ("]", "}"))
        line += token.count("\n")
    if tokens:
        yield start, tokens


def _key(tokens: list[str]) -> KeyPath:
    names = []
    for token in tokens:
        if token[0] in "\"'":
            names.append(str(tomllib.loads(f"key = {token}")["key"]))
        elif token != ".":
            names.append(token)
    return tuple(names)
