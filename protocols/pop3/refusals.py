"""What an -ERR means: response codes (RFC 2449, RFC 3206) and well-known phrases as typed errors."""

import re

from protocols.errors import Refused, SignInRefused, Throttled

_WAITS = {"IN-USE": 60.0, "LOGIN-DELAY": 300.0, "SYS/TEMP": 60.0}
"""Seconds to leave a server alone; it does not say itself, except for LOGIN-DELAY in CAPA."""
_REASONS = {
    "IN-USE": "another session has the mailbox open",
    "LOGIN-DELAY": "the last sign-in was too short ago",
    "SYS/TEMP": "the server has a temporary problem",
}
_LOCKED = re.compile(
    r"(mail ?(drop|box)|spool).*(lock|in use|busy)|lock.*mail ?(drop|box)|already (locked|in use)", re.I
)
"""How servers without response codes say IN-USE."""


def refusal(
    code: str, text: str, what: str, hint: str, *, step: str, delay: int = 0
) -> Refused | SignInRefused | Throttled:
    """Make the error of an -ERR: `what` was refused (it begins the sentence), `delay` is LOGIN-DELAY of CAPA.

    `hint` quotes the server, or is empty when it may not be quoted.

    Throttled for IN-USE, LOGIN-DELAY and SYS/TEMP (also a locked maildrop at sign-in, told in words), SignInRefused
    for AUTH and at step "login", else Refused.
    """
    if not code and step == "login" and _LOCKED.search(text):
        code = "IN-USE"
    if code in _WAITS:
        wait = float(delay) if code == "LOGIN-DELAY" and delay else _WAITS[code]
        return Throttled(f"{what} has to wait: {_REASONS[code]}.", hint, delay=wait, code=code, step=step)
    text = text if hint else ""
    if code == "SYS/PERM":
        return Refused(f"{what} met a permanent problem of the server.", hint, code=code, text=text, step=step)
    if code == "AUTH" or step == "login":
        return SignInRefused(f"{what} was refused.", hint or "Check user name and password.", code=code)
    return Refused(f"{what} was refused.", hint, code=code, text=text, step=step)
