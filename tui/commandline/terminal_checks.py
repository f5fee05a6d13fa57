"""What `doctor` says of the terminal: colours, keys, mouse, clipboard, links, widths, and what helps."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator

from tui.commandline.findings import Finding
from tui.terminal_abilities import Abilities
from tui.terminal_questions import Answers, ask

TMUX_SECONDS = 1.0

Options = Callable[[str], str]
"""The value of a tmux option, "" when it cannot be had."""


def tmux_option(name: str) -> str:
    """The value of a global option of the tmux around us, "" when it does not answer."""
    try:
        done = subprocess.run(
            ["tmux", "show-options", "-gv", name], capture_output=True, text=True, timeout=TMUX_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()[:40]


def looked_at() -> Iterator[Finding]:
    """Everything; takes a quarter of a second at most where nobody answers."""
    abilities = Abilities.of()
    yield _colours(abilities)
    if not abilities.usable or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return
    answers = ask() if abilities.strings else Answers()
    yield from abilities_told(abilities, answers, tmux_option)


def _colours(abilities: Abilities) -> Finding:
    size = shutil.get_terminal_size()
    encoding = (sys.stdout.encoding or "ascii").lower()
    colours = "24-bit" if abilities.truecolor else "256" if "256" in abilities.term else "16"
    if os.environ.get("NO_COLOR"):
        colours = "none (NO_COLOR)"
    detail = f"TERM {abilities.term or 'unset'}, colours: {colours}, {size.columns}x{size.lines}, {encoding}"
    advice = []
    if not encoding.startswith("utf"):
        advice.append("Set a UTF-8 locale, such as LANG=C.UTF-8, to see more than ASCII.")
    if size.columns < 80 or size.lines < 24:
        advice.append("The reader needs 80 columns and 24 lines.")
    if not abilities.usable and sys.stdout.isatty():
        advice.append("This terminal cannot show the reader; the commands work.")
    elif colours in ("16", "256") and abilities.strings:
        advice.append("If it knows 24-bit colours, COLORTERM=truecolor tells so (over ssh: SendEnv COLORTERM).")
    return Finding("terminal", detail, " ".join(advice))


def abilities_told(abilities: Abilities, answers: Answers, option: Options) -> Iterator[Finding]:
    """What it can do beyond colours; what it did not answer is not known."""
    if abilities.strings and not answers.answered:
        yield Finding("answers", "the terminal tells nothing of itself in time; what follows goes by its name")
    elif answers.name:
        yield Finding("answers", f"it says that it is {answers.name}")
    keys = "kitty's protocol: every key with every modifier" if answers.kitty_keys else "plain: some keys share a code"
    yield Finding("keys", keys)
    if answers.mouse is False:
        advice = "Should clicks print characters, set mouse = false in [general]."
        yield Finding("mouse", "not reported in a way that is known here", advice)
    else:
        yield Finding("mouse", "clicks and wheel; `y s` leaves it to the terminal")
    yield _clipboard(abilities, option)
    if abilities.links:
        yield Finding("links", "can be clicked where the terminal knows how (OSC 8); links = false leaves that out")
    else:
        yield Finding("links", "are not sent to this terminal, which might print them")
    if answers.joined is not None and answers.joined != 2:
        told = f"joined emoji take {answers.joined} cells here"
        yield Finding("widths", told, "Rows are drawn so that they stay in line all the same.")
    elif answers.joined is not None:
        yield Finding("widths", "joined emoji take 2 cells, as they should")


def _clipboard(abilities: Abilities, option: Options) -> Finding:
    if not abilities.strings:
        return Finding("clipboard", "cannot be reached here", "`y s` leaves the mouse to the terminal, to select text.")
    if abilities.multiplexer == "tmux":
        given, passed = option("set-clipboard"), option("allow-passthrough")
        if given == "on" or passed in ("on", "all"):
            return Finding("clipboard", "goes through tmux (OSC 52); whether the terminal takes it only you can see")
        advice = "Put `set -g set-clipboard on` into ~/.tmux.conf." if given else ""
        return Finding("clipboard", f"tmux may keep it to itself (set-clipboard {given or 'unknown'})", advice)
    where = " through screen" if abilities.multiplexer == "screen" else ""
    advice = "If nothing arrives: the terminal's settings may allow programs to write to the clipboard."
    return Finding("clipboard", f"is written{where} (OSC 52); whether the terminal takes it only you can see", advice)
