"""A session with changes on both sides as a list of steps, and a model that says how it has to end."""

from dataclasses import dataclass, field

from hypothesis import strategies as st

START = {**dict.fromkeys(range(1, 11), "INBOX"), 11: "Archive", 12: "Trash", 13: "Trash"}
"""Letter -> folder before the session; none has a flag."""
OURS = (1, 2, 3, 4, 5, 6, 11, 12)
"""Letters that the person moves and marks; the other program touches the rest, so that no order matters."""
THEIRS = (7, 8, 9, 10, 13)
HERE = ("read", "unread", "star", "unstar", "archive", "delete", "junk", "inbox")
THERE = ("expunge", "answer", "archive", "mark")
TARGETS = {"archive": "Archive", "junk": "Junk", "inbox": "INBOX"}
FLAGS = {
    "read": ("\\seen", True),
    "unread": ("\\seen", False),
    "star": ("\\flagged", True),
    "unstar": ("\\flagged", False),
}


@dataclass(frozen=True, slots=True)
class Here:
    """The person does something; `undo` takes back the last act."""

    verb: str
    letters: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class There:
    r"""The other program does something; `deliver` brings new letters, `mark` is \Deleted without an expunge."""

    verb: str
    letters: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Round:
    """The account synchronises: the journal first, then everything."""


Step = Here | There | Round
Story = tuple[Step, ...]

WHOLE: Story = (
    There("answer", (1, 7)),
    There("expunge", (10,)),
    There("archive", (8,)),
    There("deliver", (20, 21)),
    Here("star", (1,)),
    Here("read", (1, 2)),
    Here("archive", (3, 4)),
    Here("star", (4,)),
    Here("junk", (5,)),
    Here("delete", (6, 12)),
    Here("unread", (2,)),
    Here("undo"),
    Round(),
    There("deliver", (22,)),
    There("answer", (9,)),
    Here("archive", (2,)),
    Here("inbox", (3,)),
    Round(),
    Here("undo"),
    There("expunge", (7,)),
    Round(),
)
"""Star, read, move, archive, delete, undo here; new mail, flags, a move and expunges there."""

FOREIGN_DELETED: Story = (There("mark", (9,)), *WHOLE)
r"""The same beside a message that somebody else has marked as \Deleted: no plain EXPUNGE may be sent."""


@dataclass
class Model:
    """Where every letter is and which flags it has, step by step."""

    places: dict[int, str] = field(default_factory=lambda: dict(START))
    flags: dict[int, set[str]] = field(default_factory=lambda: {letter: set() for letter in START})
    marked: set[int] = field(default_factory=set)
    acts: list[list[tuple[int, str | None, set[str]]]] = field(default_factory=list)
    """What each act changed: letter, its folder before, its flags before; an act that cannot be undone is not here."""

    def tell(self, story: Story) -> "Model":
        """Take every step."""
        for step in story:
            self.take(step)
        return self

    def take(self, step: Step) -> None:
        """Take one step."""
        match step:
            case Here("undo"):
                for letter, place, flags in self.acts.pop() if self.acts else ():
                    self._put(letter, place, flags)
            case Here(verb, letters):
                self._act(verb, [letter for letter in letters if letter in self.places])
            case There(verb, letters):
                self._change(verb, letters)

    def can_undo(self) -> bool:
        """Whether the last act can be taken back, sent or not."""
        return bool(self.acts)

    def end(self) -> dict[int, tuple[str, tuple[str, ...]]]:
        """Letter -> (folder, sorted flags) of what is still there."""
        return {letter: (place, tuple(sorted(self.flags[letter]))) for letter, place in self.places.items()}

    def _act(self, verb: str, letters: list[int]) -> None:
        before = [(letter, self.places[letter], set(self.flags[letter])) for letter in letters]
        for letter in letters:
            if verb in FLAGS:
                flag, on = FLAGS[verb]
                self.flags[letter] = self.flags[letter] | {flag} if on else self.flags[letter] - {flag}
            elif verb == "delete" and self.places[letter] == "Trash":
                del self.places[letter]
            else:
                self.places[letter] = TARGETS.get(verb, "Trash")
        changed = [one for one in before if (self.places.get(one[0]), self.flags[one[0]]) != one[1:]]
        if any(letter not in self.places for letter, _, _ in changed):
            self.acts.clear()  # whether a removal can be taken back depends on whether it was sent: not asked here
        elif changed:
            self.acts.append(changed)

    def _put(self, letter: int, place: str | None, flags: set[str]) -> None:
        assert place is not None
        self.places[letter] = place
        self.flags[letter] = flags | (self.flags[letter] & {"\\answered"})

    def _change(self, verb: str, letters: tuple[int, ...]) -> None:
        for letter in letters:
            if verb == "deliver":
                self.places[letter], self.flags[letter] = "INBOX", set()
            elif letter in self.places:
                if verb == "expunge":
                    del self.places[letter]
                    self.marked.discard(letter)
                elif verb == "archive":
                    self.places[letter] = "Archive"
                elif verb == "mark":
                    self.marked.add(letter)
                else:
                    self.flags[letter].add("\\answered")


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Any session of a dozen steps in which an undo always has something to take back."""
    model, steps, new = Model(), list[Step](), 20
    for _ in range(draw(st.integers(4, 14))):
        step: Step = draw(st.sampled_from(("here", "here", "here", "there", "deliver", "undo", "round")).flatmap(_step))
        if isinstance(step, There) and step.verb == "deliver":
            step = There("deliver", (new,))
            new += 1
        if step == Here("undo") and not model.can_undo():
            continue
        model.take(step)
        steps.append(step)
    return (*steps, Round())


def _step(kind: str) -> st.SearchStrategy[Step]:
    letters = {"here": OURS, "there": THEIRS}.get(kind, ())
    if not letters:
        return st.just({"deliver": There("deliver", ()), "undo": Here("undo"), "round": Round()}[kind])
    some = st.lists(st.sampled_from(letters), min_size=1, max_size=3, unique=True).map(tuple)
    return st.builds(Here if kind == "here" else There, st.sampled_from(HERE if kind == "here" else THERE), some)
