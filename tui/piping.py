"""Gives content to a command on its standard input, without a shell, and brings back what it prints."""

import asyncio
import os
import shlex
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from protocols.mime.charsets import decode
from protocols.mime.safe import SafeText, block
from store.errors import StoreError

OUTPUT = 1_000_000
"""Octets of the output that are shown."""
_SHELL = frozenset(("|", "||", ">", ">>", "<", "<<", ";", "&", "&&"))


@dataclass(frozen=True, slots=True)
class Piped:
    """What came of it."""

    code: int
    output: SafeText
    cut: bool
    """Whether the command printed more than is shown; it was stopped then."""


def words(typed: str) -> tuple[str, ...]:
    """The command and its arguments, divided as a shell would; nothing else of a shell works.  Raises StoreError."""
    try:
        found = tuple(shlex.split(typed))
        bare = set(shlex.shlex(typed, posix=False, punctuation_chars=True))
    except ValueError as error:
        raise StoreError("A quotation mark in the command has no end.", "Close it, or leave it out.") from error
    if not found:
        raise StoreError("There is no command.", "Type one, such as: wc -l")
    for sign in sorted(bare & _SHELL):
        raise StoreError(f"{sign} is for a shell, and none runs the command.", "Try: sh -c '…'")
    return found


async def pipe(command: Sequence[str], content: bytes) -> Piped:
    """Run a command; the end of this task ends it.  Raises StoreError when it cannot be started."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,  # it has no terminal to ask something on
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise StoreError(f"{command[0]} cannot be run: {reason.lower()}.", "Check its name and the path.") from error
    feeding = asyncio.create_task(_feed(process, content))
    try:
        output, cut = await _read(process)
        if cut:
            _end(process)
        code = await process.wait()
    finally:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
        if process.returncode is None:
            _end(process)
            await process.wait()
    return Piped(code, block(decode(output, "utf-8")), cut)


def _end(process: asyncio.subprocess.Process) -> None:
    """End it and what it has started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


async def _feed(process: asyncio.subprocess.Process, content: bytes) -> None:
    assert process.stdin is not None
    try:
        process.stdin.write(content)
        await process.stdin.drain()
    except (BrokenPipeError, ConnectionResetError):
        return  # `head` and others have read enough
    finally:
        process.stdin.close()


async def _read(process: asyncio.subprocess.Process) -> tuple[bytes, bool]:
    assert process.stdout is not None
    found = bytearray()
    while piece := await process.stdout.read(65536):
        found += piece
        if len(found) > OUTPUT:
            return bytes(found[:OUTPUT]), True
    return bytes(found), False
