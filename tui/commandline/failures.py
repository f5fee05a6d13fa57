"""Turns what went wrong into a sentence on standard error and an exit code; our own faults are logged too."""

import logging
import sys
import traceback
from collections.abc import Callable

import click

from protocols.errors import ProtocolError
from store.errors import StoreError

_log = logging.getLogger(__name__)

OURS = 1
PARTLY = 6
INTERRUPTED = 130


def guarded(run: Callable[[], object]) -> int:
    """Run a command and answer its exit code; nothing escapes but the request to leave."""
    code: object = 0
    try:
        code = run()  # click answers with the code of a command that leaves early
        sys.stdout.flush()
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.Abort as stop:
        if not isinstance(stop.__cause__, KeyboardInterrupt) and not sys.stdin.isatty():
            return _say("There was nobody to answer the question.", "Give the answer as an option; see --help.", 2)
        return INTERRUPTED
    except KeyboardInterrupt:
        return INTERRUPTED
    except click.ClickException as wrong:
        wrong.show()
        return wrong.exit_code
    except BrokenPipeError:
        return 0
    except Exception as error:
        return tell(error)
    return code if isinstance(code, int) else 0


def tell(error: BaseException) -> int:
    """Say on standard error what happened and what to do; the exit code of the contract."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    if isinstance(error, ProtocolError):
        where = f"{error.account}: " if error.account and not error.title.startswith(error.account) else ""
        return _say(f"{where}{error.title}", error.hint, error.exit_code)
    if isinstance(error, StoreError):
        return _say(error.title, error.hint, error.exit_code)
    # Where, never what: the text of a foreign exception and local variables may hold mail, or a password.
    where = "".join(traceback.format_tb(error.__traceback__, limit=-8))
    _log.error("a fault in bocau: %s\n%s", type(error).__name__, where)
    return _say(f"A fault inside bocau: {type(error).__name__}.", "The log in the data folder says where.", OURS)


def _say(title: str, hint: str, code: int) -> int:
    from protocols.mime.safe import line
    from tui.commandline.output import wrapped

    click.echo(wrapped(f"bocau: {line(title, 2000)}", sys.stderr, indent=7), err=True)
    if hint:
        click.echo(wrapped(f"       {line(hint, 2000)}", sys.stderr, indent=7), err=True)
    return code
