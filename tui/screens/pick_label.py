"""The label picker: type a few letters or a new label; Enter puts it on, or takes it off where all have it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from protocols.mime.safe import SafeText, line
from store.labels import is_keyword
from tui import format, marks
from tui.fuzzy import Choice, Finder
from tui.screens.pick import Pick


class Labelling(NamedTuple):
    """The labels that go on some messages, and those that come off."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


class LabelFinder:
    """What fits the letters typed: labels that are known, else a new one; `+work -home` says all at once."""

    def __init__(self, known: Sequence[tuple[str, int]], having: Mapping[str, int], messages: int) -> None:
        """`known`: labels and how many messages have each; `having`: of the `messages` that are meant."""
        self._known = {label for label, _ in known}
        self._messages = messages
        order = [*having, *(label for label, _ in known if label not in having)]
        counts = dict(known)
        self._finder = Finder([self._choice(label, having.get(label, 0), counts.get(label, 0)) for label in order])

    def _choice(self, label: str, having: int, everywhere: int) -> Choice[Labelling]:
        all_have = having == self._messages
        sign = marks.now().selected if all_have else "-" if having else " "
        told = "Enter takes it off" if all_have else f"{having} of {self._messages} have it" if having else ""
        detail = told or format.count(everywhere, "message")
        value = Labelling((), (label,)) if all_have else Labelling((label,))
        return Choice(SafeText(f"{sign} {line(label, 100)}"), value, detail, label)

    def __call__(self, typed: str) -> Sequence[Choice[Labelling]]:
        """The labels that fit; when none is just so, what was typed as a new one."""
        words = typed.lower().split()
        if any(word[0] in "+-" for word in words):
            return self._several(words)
        found = list(self._finder(typed))
        if words and words[0] not in self._known:
            found.append(self._new(words))
        return found

    def _several(self, words: Sequence[str]) -> list[Choice[Labelling]]:
        add = tuple(word.lstrip("+") for word in words if word[0] != "-" and word != "+")
        remove = tuple(word[1:] for word in words if word[0] == "-" and word != "-")
        if not add and not remove:
            return []
        name = " ".join([*(f"+{word}" for word in add), *(f"-{word}" for word in remove)])
        return [Choice(line(f"{marks.now().chosen} {name}", 200), Labelling(add, remove), "put on, take off")]

    def _new(self, words: Sequence[str]) -> Choice[Labelling]:
        name = line(" ".join(words), 100)
        fits = len(words) == 1 and is_keyword(words[0])
        told = "new label" if fits else "no label: one word of ASCII letters, digits and signs"
        return Choice(SafeText(f"+ {name}"), Labelling((words[0],)) if fits else Labelling(), told)


class PickLabel(Pick[Labelling]):
    """Answers with what to put on and to take off, or None."""

    nothing = "Type the name of a label; a new one is made."

    def __init__(self, known: Sequence[tuple[str, int]], having: Mapping[str, int], messages: int) -> None:
        """As LabelFinder."""
        title = f"Labels of {format.count(messages, 'message')}"
        super().__init__(title, LabelFinder(known, having, messages), "a label, a new one, or +work -home")
