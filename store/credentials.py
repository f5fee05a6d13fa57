"""Passwords: from the account's own command, else from the system keyring; never from a file or the environment."""

import asyncio
import os
import re
import shlex
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from store.errors import CredentialsError
from store.settings import AccountSettings

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

Result = TypeVar("Result")

COMMAND_SECONDS = 60.0
"""A command may ask for a passphrase in a window of its own; a minute is enough to type it."""
KEYRING_SECONDS = 10.0
"""Without a desktop session D-Bus keeps a caller waiting for 25 s."""
OUTPUT_LIMIT = 64 * 1024
"""Bytes of output of a command; passwords and tokens are shorter by far."""

_SHELL = re.compile(r"[|&;<>()$`*?\[\]#~{}!\n]|^\s*\w+=")
_WANTS_TERMINAL = re.compile(
    r"inappropriate ioctl|pinentry|/dev/tty|not a (?:tty|terminal)|no tty|terminal is required|cannot open tty", re.I
)
"""What gpg, ssh, sudo and others say when there is nobody whom they could ask."""
_UNSAFE_BACKENDS = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt")
"""No backend, the one that forgets, and those that write files anybody can read or decode."""


async def password(account: AccountSettings, *, seconds: float = COMMAND_SECONDS, hidden: bool = False) -> str:
    """The account's password, or its access token where a command prints one.

    `password_command` is split into words as a shell would, and run by /bin/sh only when it uses the shell's own
    characters (pipes, variables, `~`).  Its first line without the line end is the password.  It may take `seconds`.
    `hidden`: the terminal shows something else, and gpg's agent must not draw its question over that.
    Raises CredentialsError, whose words never hold the password.
    """
    if not account.user:
        hint = f'Write user = "..." or address = "..." into [accounts.{account.name}].'
        raise CredentialsError(f"It is not known who signs in to {account.name}.", hint)
    if account.password_command is not None:
        return await _from_command(account.name, account.password_command, seconds, hidden=hidden)
    found = await _with_keyring(account, lambda ring: ring.get_password(_service(account), account.user))
    if not found:
        raise CredentialsError(f"There is no password for {account.name} in the system keyring.", _ways(account))
    return found


async def password_at(account: AccountSettings, terminal: int) -> str:
    """What the account's command prints when it may ask whoever sits at a terminal, an open file; as long as it takes.

    The terminal is the command's meanwhile: it asks there, and so does gpg's agent.  Raises CredentialsError.
    """
    name, command = account.name, account.password_command or ""
    try:
        process = await asyncio.create_subprocess_exec(
            *_arguments(name, command),
            stdin=terminal,
            stdout=asyncio.subprocess.PIPE,
            stderr=terminal,
            env={**os.environ, "GPG_TTY": os.ttyname(terminal)},
        )
    except FileNotFoundError:
        raise _command_error(name, "starts a program that is not there") from None
    except (OSError, ValueError) as error:
        raise _not_started(name, error) from None
    try:
        assert process.stdout is not None
        output = await process.stdout.read(OUTPUT_LIMIT)
        status = await process.wait()
    finally:
        await _stop(process, group=False)  # it has no session of its own: the terminal would not be its
    return _first_line(name, output, b"", status)


async def store_password(account: AccountSettings, secret: str) -> None:
    """Put the password into the system keyring.  Raises CredentialsError, also when there is no safe keyring."""
    await _with_keyring(account, lambda ring: ring.set_password(_service(account), account.user, secret))


async def delete_password(account: AccountSettings) -> None:
    """Remove the password from the system keyring, if it is there.  Raises CredentialsError when it cannot be asked."""

    def delete(ring: "KeyringBackend") -> None:
        if ring.get_password(_service(account), account.user) is not None:
            ring.delete_password(_service(account), account.user)

    await _with_keyring(account, delete)


def has_keyring() -> bool:
    """Whether this system has a keyring that keeps secrets secret; it is not asked whether it is unlocked."""
    import keyring  # see _with_keyring

    return any(_is_safe(candidate) for candidate in _candidates(keyring.get_keyring()))


def _service(account: AccountSettings) -> str:
    # By server, not by the account's name: renaming keeps it, and two configurations never mix their passwords.
    return f"bocau:{account.host}"


def _ways(account: AccountSettings) -> str:
    return (
        f"Set password_command for {account.name} in the configuration, or run "
        f"`keyring set {shlex.quote(_service(account))} {shlex.quote(account.user)}`."
    )


def _arguments(name: str, command: str) -> list[str]:
    if _SHELL.search(command):
        return ["/bin/sh", "-c", command]
    try:
        arguments = shlex.split(command)
    except ValueError as error:
        raise _command_error(name, f"cannot be read: {str(error).lower()}") from None
    if not arguments:
        raise _command_error(name, "is empty")
    return arguments


async def _from_command(name: str, command: str, seconds: float, *, hidden: bool) -> str:
    try:
        # A session of its own: a passphrase prompt must not take the terminal from the screen, and a time-out
        # reaches everything that the command started.
        process = await asyncio.create_subprocess_exec(
            *_arguments(name, command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            env={key: value for key, value in os.environ.items() if not (hidden and key == "GPG_TTY")},
        )
    except FileNotFoundError:
        raise _command_error(name, "starts a program that is not there") from None
    except (OSError, ValueError) as error:
        raise _not_started(name, error) from None
    try:
        async with asyncio.timeout(seconds):
            output, complaint = await _outputs(name, process)
            status = await process.wait()
    except TimeoutError:
        raise _command_error(name, f"did not end within {seconds:g} seconds") from None
    finally:
        await _stop(process)
    return _first_line(name, output, complaint, status)


async def _outputs(name: str, process: asyncio.subprocess.Process) -> tuple[bytes, bytes]:
    assert process.stdout is not None and process.stderr is not None
    complaint = asyncio.create_task(_read(process.stderr))
    try:
        output = bytearray()
        while piece := await process.stdout.read(OUTPUT_LIMIT):
            output += piece
            if len(output) > OUTPUT_LIMIT:
                raise _command_error(name, f"printed more than {OUTPUT_LIMIT // 1024} KiB")
        return bytes(output), await complaint
    finally:
        complaint.cancel()
        await asyncio.gather(complaint, return_exceptions=True)


async def _read(stream: asyncio.StreamReader) -> bytes:
    """The beginning of what comes, read to its end: a full pipe would stop the command."""
    beginning = b""
    while piece := await stream.read(OUTPUT_LIMIT):
        beginning += piece[: OUTPUT_LIMIT - len(beginning)]
    return beginning


async def _stop(process: asyncio.subprocess.Process, *, group: bool = True) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            (os.killpg if group else os.kill)(process.pid, signal.SIGKILL)
        # Reads the pipes to their end, which closes them.  A child that left the session may hold them open for ever.
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                await process.communicate()


def _first_line(name: str, output: bytes, complaint: bytes, status: int) -> str:
    try:
        line = output.decode("utf-8").split("\n", 1)[0].removesuffix("\r")
    except UnicodeDecodeError:
        raise _command_error(name, "printed something that is not UTF-8 text") from None
    if status == 127:
        # What the shell says names the program, and people write the password itself here.
        raise _command_error(name, "starts a program that is not there")
    if status != 0:
        how = f"failed with exit status {status}" if status > 0 else f"was ended by signal {-status}"
        raise _command_error(name, how, _cleaned(complaint, line))
    if not line:
        raise _command_error(name, "printed no password", _cleaned(complaint, line))
    return line


def _cleaned(complaint: bytes, secret: str) -> str:
    """What the command wrote to standard error, fit for a sentence: one line, printable, short, without the secret."""
    text = complaint.decode("utf-8", "replace")
    if secret:
        text = text.replace(secret, "***")
    text = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return text if len(text) <= 200 else f"{text[:199]}…"


def _not_started(name: str, error: OSError | ValueError) -> CredentialsError:
    reason = getattr(error, "strerror", None) or "it is not a command line"
    return _command_error(name, f"could not be started: {reason.lower()}")


def _command_error(name: str, what: str, said: str = "") -> CredentialsError:
    hint = "Run the command in a terminal: its first line must be the password.  Then correct password_command."
    if _WANTS_TERMINAL.search(said):
        hint = (
            "It wants to ask in a terminal. In the reader g ! and then s lend it the terminal; elsewhere run it once, "
            "so that its agent remembers the answer, or let it ask in a window of its own."
        )
    said = f" It said: {said}" if said else ""
    return CredentialsError(f"The password command of {name} {what}.{said}", hint)


async def _with_keyring(account: AccountSettings, ask: Callable[["KeyringBackend"], Result]) -> Result:
    def work() -> Result:
        # Imported here: it reads the metadata of every installed package, which no command without a password needs.
        import keyring

        return ask(_safe_backend(keyring.get_keyring(), account))

    try:
        return await asyncio.wait_for(_in_daemon_thread(work), KEYRING_SECONDS)
    except TimeoutError:
        problem = f"The system keyring did not answer within {KEYRING_SECONDS:g} seconds."
        raise CredentialsError(problem, f"Unlock it, or do without: {_ways(account)}") from None
    except CredentialsError:
        raise
    except Exception as error:
        # Backends raise whatever their desktop's library raises; their words may hold what they were given.
        problem = f"The system keyring refused: {type(error).__name__}."
        raise CredentialsError(problem, f"Unlock it, or do without: {_ways(account)}") from None


def _safe_backend(ring: "KeyringBackend", account: AccountSettings) -> "KeyringBackend":
    """The first backend that keeps secrets secret; a chain of backends would fall through to a plain file."""
    for candidate in _candidates(ring):
        if _is_safe(candidate):
            return candidate
    raise CredentialsError(f"This system has no safe keyring for the password of {account.name}.", _ways(account))


def _candidates(ring: "KeyringBackend") -> list["KeyringBackend"]:
    return list(getattr(ring, "backends", None) or [ring])


def _is_safe(backend: "KeyringBackend") -> bool:
    return not type(backend).__module__.startswith(_UNSAFE_BACKENDS)


async def _in_daemon_thread(work: Callable[[], Result]) -> Result:
    """Run `work` in a thread that cannot hold up the end of the program, unlike those of asyncio.to_thread."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Result] = loop.create_future()

    def settle(result: Result | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        try:
            outcome: tuple[Result | None, BaseException | None] = work(), None
        except Exception as error:
            outcome = None, error
        with suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits any more
            loop.call_soon_threadsafe(settle, *outcome)

    threading.Thread(target=run, name="keyring", daemon=True).start()
    return await future
