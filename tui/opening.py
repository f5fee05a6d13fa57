"""Chooses the program that opens a file or a link, and starts it: by our own table, without a shell, on its own."""

import asyncio
import os
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress

from protocols.mime.safe import SafeText, line

_VIEWERS: Mapping[str, tuple[str, ...]] = {
    "application/pdf": ("evince", "okular", "zathura", "mupdf"),
    "image/": ("eog", "gwenview", "imv", "feh"),
    "video/": ("mpv", "vlc"),
    "audio/": ("mpv", "vlc"),
}
"""What is tried where nothing opens everything; by type, or its beginning."""
_OPENERS = ("xdg-open", "gio open", "wslview")
_BROWSERS = ("xdg-open", "gio open", "wslview", "firefox", "chromium")
_IN_TERMINALS = frozenset(("w3m", "lynx", "links", "links2", "elinks", "browsh", "www-browser"))
"""Browsers that would draw over the screen."""

OpenWith = Mapping[str, tuple[str, ...]]
"""`general.open_with`: a media type, `image/*`, `links`, or `*` for all others -> a command."""


def has_display(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether programs with windows can be shown here."""
    if sys.platform == "darwin":
        return not environ.get("SSH_CONNECTION")
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY") or environ.get("WSL_DISTRO_NAME"))


def viewer(kind: str, open_with: OpenWith, environ: Mapping[str, str] = os.environ) -> tuple[str, ...] | None:
    """The command for content whose real type is `kind`; None when there is none, or no display for one."""
    chosen = open_with.get(kind) or open_with.get(f"{kind.partition('/')[0]}/*") or open_with.get("*")
    if chosen is not None:
        return chosen
    if not has_display(environ):
        return None
    if sys.platform == "darwin":
        return ("/usr/bin/open",)
    tables = next((programs for begin, programs in _VIEWERS.items() if kind.startswith(begin)), ())
    return _first((*_OPENERS, *tables), environ)


def browser(open_with: OpenWith, environ: Mapping[str, str] = os.environ) -> tuple[str, ...] | None:
    """The command for a link or a page; None when there is none, or no display for one.

    $BROWSER counts unless it would draw over the screen: over SSH it may be one that opens links at the other end.
    """
    if chosen := open_with.get("links"):
        return chosen
    for wanted in environ.get("BROWSER", "").split(os.pathsep):
        with suppress(ValueError):
            command = tuple(shlex.split(wanted))
            if command and os.path.basename(command[0]) not in _IN_TERMINALS and _found(command[0], environ):  # noqa: PTH119 (a command)
                return command
    if not has_display(environ):
        return None
    return ("/usr/bin/open",) if sys.platform == "darwin" else _first(_BROWSERS, environ)


def with_argument(command: Sequence[str], argument: str) -> tuple[str, ...]:
    """The command with a file or an address as one argument: in place of `%s`, else at its end."""
    if any("%s" in one for one in command[1:]):
        return tuple(one.replace("%s", argument) for one in command)
    return (*command, argument)


def told(command: Sequence[str]) -> SafeText:
    """A command as it is shown."""
    return line(shlex.join(command), 400)


async def run(command: Sequence[str]) -> int:
    """Start a program that is not ours to end, away from our terminal; its exit code when it has ended.

    Raises OSError when it cannot be started.
    """
    process = await asyncio.to_thread(_started, command)
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def wait() -> None:
        process.wait()
        with suppress(RuntimeError):  # bocau ended before it
            loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=wait, daemon=True, name="waits for a viewer").start()
    await ended.wait()
    return process.returncode


def _started(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # neither Ctrl+C nor the end of this terminal is for it
    )


def _first(commands: Sequence[str], environ: Mapping[str, str]) -> tuple[str, ...] | None:
    return next((tuple(one.split()) for one in commands if _found(one.split()[0], environ)), None)


def _found(program: str, environ: Mapping[str, str]) -> bool:
    return shutil.which(program, path=environ.get("PATH")) is not None
