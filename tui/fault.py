"""What is told of a fault of our own: where it happened, never what was in hand."""

import traceback

from protocols.mime.safe import SafeText, block


def places(error: BaseException | None) -> SafeText:
    """The places of an error and of those that led to it, the first one first, each with its kind.

    Neither the words of an exception nor local variables: they may hold mail, or a password.
    """
    told: list[str] = []
    known: list[BaseException] = []
    while error is not None and error not in known:
        known.append(error)
        inner = [places(one) for one in error.exceptions] if isinstance(error, BaseExceptionGroup) else []
        told.insert(0, "".join([*traceback.format_tb(error.__traceback__), type(error).__name__, *inner]))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return block("\n\nwhich led to\n\n".join(told) + "\n")
