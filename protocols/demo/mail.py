"""The demo's mailbox: so many letters, the newest from now, always the same for the same number and moment."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count as count_from

from protocols.demo.compose import Letter, Person
from protocols.demo.conversations import CONVERSATIONS, TOPICS, Conversation
from protocols.demo.hostile import LETTERS, hostile
from protocols.demo.notices import KINDS
from protocols.demo.people import ME, ME_OLD

FOLDERS = ("Archive", "Sent", "Drafts", "Trash", "Junk", "Projects/Đường bay mới")
"""What the IMAP account has besides its inbox."""
HOUR, DAY = 3600, 86_400
SPAN = 120 * DAY
"""How far back the oldest letter is."""
SEED = 20_261_123


@dataclass(frozen=True, slots=True)
class Posted:
    """A letter in its place."""

    folder: str
    raw: bytes
    when: int
    """Unix seconds."""
    flags: frozenset[str] = frozenset()


def imap_mail(count: int, now: int) -> list[Posted]:
    """`count` letters for the IMAP account, oldest first; from 40 on with hostile ones among those of the last week."""
    chance = random.Random(SEED)
    odd = len(LETTERS) if count >= 40 else 0
    letters = _letters(chance, ME, "work", count - odd, now)
    posted = [_placed(chance, letter, now) for letter in letters]
    for number in range(odd):
        when = now - (number + 1) * 31 * HOUR
        posted.append(Posted("Junk" if number == odd - 1 else "INBOX", hostile(number, ME, when), when))
    return sorted(posted, key=lambda one: one.when)


def pop3_mail(count: int, now: int) -> list[bytes]:
    """`count` letters for the POP3 account, oldest first: a letterbox holds nothing that its owner wrote."""
    letters = _letters(random.Random(SEED + 1), ME_OLD, "old", 2 * count, now)
    return [letter.raw() for letter in letters if letter.sender != ME_OLD][-count:] if count else []


def arrivals(now: int) -> Iterator[Letter]:
    """New letters without end, as if written at `now` (Unix seconds); set `when` to the moment each one arrives."""
    chance = random.Random(now)
    for number in count_from(1):
        group = _group(chance, ME, f"new-{now}-{number}", now)
        yield next(letter for letter in group if letter.sender != ME)


def _letters(chance: random.Random, to: Person, name: str, count: int, now: int) -> list[Letter]:
    """Conversations and notices over the last months, oldest first."""
    found: list[Letter] = []
    for number in count_from(1):
        if len(found) >= count:
            break
        # more letters lately than long ago; a conversation goes on over hours and days
        moment = now - int(SPAN * chance.random() ** 2)
        group = _group(chance, to, f"{name}-{number}", moment)[: count - len(found)]
        late = max(0, group[-1].when - now) + chance.randint(HOUR // 4, 9 * HOUR)
        found.extend(replace(letter, when=letter.when - late) for letter in group)
    return sorted(found, key=lambda letter: letter.when)


def _group(chance: random.Random, to: Person, name: str, when: int) -> list[Letter]:
    """A conversation that begins at `when`, or one notice."""
    if chance.random() >= 0.3:
        return [chance.choice(KINDS)(chance, to, when, f"<{name}@demo.example>")]
    letters = []
    for letter in _conversation(chance, chance.choice(CONVERSATIONS), to, name):
        letters.append(replace(letter, when=when))
        when += chance.randint(HOUR // 4, 6 * HOUR)
    return letters


def _conversation(chance: random.Random, which: Conversation, to: Person, name: str) -> list[Letter]:
    words = {"topic": chance.choice(TOPICS), "number": str(chance.randint(2, 48))}
    subject = _filled(which.subject, words)
    turns = which.turns[: chance.randint(1, len(which.turns))]
    letters: list[Letter] = []
    for number, turn in enumerate(turns, 1):
        text = _filled(turn.text, words) + "\n"
        if letters:
            text += f"\n{letters[-1].sender.name} wrote:\n{_quoted(letters[-1].text)}\n"
        letters.append(
            Letter(
                sender=to if turn.sender == ME else turn.sender,
                to=letters[-1].sender if letters and turn.sender == ME else to,
                subject=f"Re: {subject}" if letters else subject,
                text=text,
                when=0,
                message_id=f"<{name}.{number}@demo.example>",
                references=tuple(letter.message_id for letter in letters),
            )
        )
    return letters


def _filled(text: str, words: dict[str, str]) -> str:
    for key, value in words.items():
        text = text.replace("{" + key + "}", value)
    return text


def _quoted(text: str) -> str:
    """The beginning of what is answered, as programs quote it."""
    lines = [line for line in text.splitlines() if line][:6]
    return "\n".join(f">{line}" if line.startswith(">") else f"> {line}" for line in lines)


def _placed(chance: random.Random, letter: Letter, now: int) -> Posted:
    age = now - letter.when
    flags = {"\\Seen"} if chance.random() < (0.3 if age < 4 * DAY else 0.93) else set()
    if chance.random() < 0.06:
        flags.add("\\Flagged")
    folder = "INBOX"
    if letter.sender == ME:
        folder, flags = "Sent", {"\\Seen"}
    elif "patch" in letter.text or "[loft]" in letter.subject:
        folder = FOLDERS[-1] if chance.random() < 0.6 else "INBOX"
    elif age > 20 * DAY and chance.random() < 0.5:
        folder = "Archive"
    return Posted(folder, letter.raw(), letter.when, frozenset(flags))
