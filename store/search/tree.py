"""A query as a tree of frozen values: what `parse` returns and what becomes SQL."""

import dataclasses
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

WordField = Literal["any", "from", "to", "cc", "subject", "body", "filename"]
State = Literal["unread", "read", "starred", "answered", "draft"]


@dataclass(frozen=True, slots=True)
class And:
    """All of the parts; without parts it is every message."""

    parts: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of the parts; without parts it is no message."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Everything but the part."""

    part: "Node"


@dataclass(frozen=True, slots=True)
class Word:
    """Folded text in a place of the message; a phrase ends with its last word, otherwise that is a beginning."""

    field: WordField
    text: str
    phrase: bool = False
    typed: str = dataclasses.field(default="", compare=False)
    """As it was typed: servers fold otherwise."""


@dataclass(frozen=True, slots=True)
class Is:
    """A state of the flags."""

    state: State


@dataclass(frozen=True, slots=True)
class HasAttachment:
    """At least one attachment."""


@dataclass(frozen=True, slots=True)
class Before:
    """Dated before the day begins, local time."""

    day: date


@dataclass(frozen=True, slots=True)
class After:
    """Dated on the day or later, local time."""

    day: date


@dataclass(frozen=True, slots=True)
class On:
    """Dated from the beginning of `first` to the beginning of `end`, local time."""

    first: date
    end: date


@dataclass(frozen=True, slots=True)
class Larger:
    """More than so many bytes."""

    size: int


@dataclass(frozen=True, slots=True)
class Smaller:
    """Fewer than so many bytes."""

    size: int


@dataclass(frozen=True, slots=True)
class Id:
    """The Message-ID, with its angle brackets."""

    message_id: str


@dataclass(frozen=True, slots=True)
class FolderIs:
    """A folder by folded path, by the end of it (`Clients` is `Work/Clients` too), or by role."""

    name: str


@dataclass(frozen=True, slots=True)
class AccountIs:
    """An account by folded name."""

    name: str


@dataclass(frozen=True, slots=True)
class Label:
    """A server keyword in lower case."""

    label: str


Node: TypeAlias = (
    And
    | Or
    | Not
    | Word
    | Is
    | HasAttachment
    | Before
    | After
    | On
    | Larger
    | Smaller
    | Id
    | FolderIs
    | AccountIs
    | Label
)
