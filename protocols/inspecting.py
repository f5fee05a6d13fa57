"""Looks into attachments by a process of its own: what a decoder blows up over costs the reader nothing."""

import io
import subprocess
import sys

from protocols.errors import Misbehaved
from protocols.mime.archives import Listing
from protocols.mime.drawing import Drawing, Form, Space
from protocols.mime.frames import framed, pack
from protocols.mime.inspector import Question, restored_drawing, restored_listing, restored_picture
from protocols.mime.picture import Picture

DEADLINE = 10.0
"""Seconds after which the process is ended."""
COMMAND = (sys.executable, "-P", "-m", "protocols.mime.inspector")
"""-P: the current folder may be anybody's, nothing is imported from there."""
Colour = tuple[int, int, int]


def listed(data: bytes, deadline: float = DEADLINE) -> Listing | None:
    """What an archive holds, None when it is none that is known.  Blocks.  Raises Misbehaved, OSError."""
    return restored_listing(_asked(("archive", data, "", 0, 0, (0, 0, 0), (0, 0)), deadline))


def pictured(
    data: bytes, kind: str, width: int, height: int, background: Colour = (0, 0, 0), deadline: float = DEADLINE
) -> Picture | None:
    """A small copy of a picture, None when it is not drawn or too large.  Blocks.  Raises Misbehaved, OSError.

    `kind` is its real type.
    """
    return restored_picture(_asked(("picture", data, kind, width, height, background, (0, 0)), deadline))


def drawn(data: bytes, kind: str, form: Form, space: Space, deadline: float = DEADLINE) -> Drawing | None:
    """A picture in pixels for a terminal, None when it is not drawn or too large.  Blocks.  Raises Misbehaved, OSError.

    `kind` is its real type.
    """
    question = (form, data, kind, space.columns, space.rows, space.background, space.cell)
    try:
        return restored_drawing(_asked(question, deadline))
    except ValueError as error:
        raise Misbehaved("This picture cannot be drawn.", "Save it, and open it elsewhere.") from error


def _asked(question: Question, deadline: float) -> bytes:
    try:
        ended = subprocess.run(
            COMMAND, input=pack(question), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=deadline
        )
    except subprocess.TimeoutExpired as error:
        raise Misbehaved("This attachment takes too long to look into.", "Save it, and open it elsewhere.") from error
    answer = framed(io.BytesIO(ended.stdout))
    if answer is None:
        raise Misbehaved("This attachment cannot be looked into.", "It is damaged, or too large when unpacked.")
    return answer
