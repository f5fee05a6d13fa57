"""Loads the configuration file into settings, and adds or removes an account in it with all comments kept."""

from collections.abc import Mapping
from copy import deepcopy
from enum import Enum
from pathlib import Path
from typing import Any

from store.errors import ConfigurationError
from store.paths import file_error, write_private
from store.settings import Settings
from store.toml_text import TomlText, parse
from store.validation import read_settings


def load(file: Path) -> Settings:
    """Read and check the whole file; an absent file is an empty configuration.

    Raises ConfigurationError whose title names file, line and key, and whose hint says what is allowed.
    """
    return read_settings(_read(file))


def key_fault(file: Path, key: tuple[str, ...], problem: str, hint: str) -> ConfigurationError:
    """The error for a key that only a higher room can judge, such as an unknown command id in `keys`."""
    return _read(file).fault(key, problem, hint)


def add_account(file: Path, name: str, values: Mapping[str, object]) -> Settings:
    """Append `[accounts.NAME]` to the file, made when missing; every line that is there stays.  The new settings.

    `values` has the keys of the file (`protocol`, `host`, ..., `smtp` as a mapping of its own); a value of None is
    left out, a path or a parsed value is written as its text.  The result is checked before anything is written:
    ConfigurationError (also: the account exists) leaves the file as it was.
    """
    source = _read(file)
    if name in {account.name for account in read_settings(source).accounts}:
        raise source.fault(("accounts", name), "this account exists already.", "Choose another name.")
    existing = source.text.rstrip("\n")
    return _replace(source, (f"{existing}\n\n" if existing else "") + _account_text(name, values))


def remove_account(file: Path, name: str) -> Settings:
    """Take `[accounts.NAME]` and the tables in it out of the file; the rest stays as it is.  The new settings.

    Raises NotFound when there is no such account, ConfigurationError when the file is wrong; it is then untouched.
    """
    source = _read(file)
    read_settings(source).account(name)
    expected = _without_account(source.data, name)
    for remove in (_cut_tables, _delete_key):
        text = remove(source, name)
        # Trust neither: the file must now say exactly the same, less this account.
        if _without_account(parse(source.file, text.encode()).data, name) == expected and text != source.text:
            return _replace(source, text)
    raise source.fault(("accounts", name), "it cannot be told apart from the others.", "Remove it with an editor.")


def _read(file: Path) -> TomlText:
    try:
        return parse(file, file.read_bytes())
    except FileNotFoundError:
        return parse(file, b"")
    except OSError as error:
        problem = file_error("read the configuration", file, error)
        raise ConfigurationError(problem.title, "Check --config, $BOCAU_CONFIG and the rights of the file.") from error


def _replace(source: TomlText, text: str) -> Settings:
    settings = read_settings(parse(source.file, text.encode()))
    write_private(source.file, text.encode())
    return settings


def _account_text(name: str, values: Mapping[str, object]) -> str:
    # Imported here: about 35 ms that only adding and removing an account need to pay.
    import tomlkit

    account = tomlkit.table()
    for key, value in values.items():
        if isinstance(value, Mapping):
            inner = tomlkit.table()
            inner.update({k: _plain(v) for k, v in value.items() if v is not None})
            account.add(key, inner)
        elif value is not None:
            account.add(key, _plain(value))
    accounts = tomlkit.table(is_super_table=True)
    accounts.add(name, account)
    document = tomlkit.document()
    document.add("accounts", accounts)
    return tomlkit.dumps(document)


def _plain(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, bool | int) and not isinstance(value, Enum) else str(value)


def _without_account(data: dict[str, Any], name: str) -> dict[str, Any]:
    rest = deepcopy(data)
    accounts = rest.pop("accounts", {})
    accounts.pop(name, None)
    return {**rest, "accounts": accounts}


def _cut_tables(source: TomlText, name: str) -> str:
    """Cut the lines of the account's tables; comments that stand right above the next table stay with it."""
    lines = source.text.splitlines(keepends=True)
    ends = [line for line, _ in source.headers[1:]] + [len(lines) + 1]
    for (start, path), end in reversed(list(zip(source.headers, ends, strict=False))):
        if path[:2] != ("accounts", name):
            continue
        while end <= len(lines) and end - 1 > start and lines[end - 2].lstrip().startswith("#"):
            end -= 1
        del lines[start - 1 : end - 1]
    return "".join(lines)


def _delete_key(source: TomlText, name: str) -> str:
    """Delete the account where it is not a table of its own: `accounts.x.host = ...` or `x = {...}`."""
    import tomlkit  # see _account_text

    document = tomlkit.parse(source.text)
    del document["accounts"][name]
    return tomlkit.dumps(document)
