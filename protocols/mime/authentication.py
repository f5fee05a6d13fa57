"""Reads what the receiving server found out about the sender (Authentication-Results, RFC 8601)."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from protocols.mime.part import Fields
from protocols.mime.safe import SafeText, line
from protocols.mime.words import unfolded

_METHODS = ("dmarc", "spf", "dkim")
_LENGTH = 8192
_COMMENT = re.compile(r"\([^()]{0,500}\)")
_RESULT = re.compile(r"([a-z0-9-]{1,40})(?:/\d+)?\s*=\s*([a-z]{1,20})(.*)", re.IGNORECASE | re.DOTALL)
_DOMAIN = re.compile(
    r"(?:header\.from|smtp\.mailfrom|header\.d|header\.i)\s*=\s*(?:[^\s;@]{0,200}@)?([\w.-]{1,253})(?:[\s;]|$)",
    re.IGNORECASE,
)

PROVIDERS = {
    "gmail.com": "mx.google.com",
    "googlemail.com": "mx.google.com",
    "yahoo.com": "atlas.mail.yahoo.com",
    "fastmail.com": "mail.messagingengine.com",
    "icloud.com": "bimi.icloud.com",
    "gmx.net": "gmx.net",
    "web.de": "web.de",
    "posteo.de": "posteo.de",
    "mailbox.org": "mailbox.org",
    "proton.me": "mail.protonmail.ch",
}
"""By the last part of an account's server: the name under which that provider reports."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one method said."""

    method: str
    """`dmarc`, `spf` or `dkim`."""
    result: str
    """`pass`, `fail`, `softfail`, `none`, `neutral`, `temperror`, `permerror` …, in lower case."""
    domain: str = ""
    """What was judged, not cleaned; empty when it is not said."""


def trusted_by(written: Collection[str], host: str) -> tuple[str, ...]:
    """The names that are trusted for an account: those written for it, else its provider's, known by the server."""
    if written:
        return tuple(written)
    name = host.lower().rstrip(".")
    return tuple(its for part, its in PROVIDERS.items() if name == part or name.endswith(f".{part}"))


def verdicts(fields: Fields, trusted: Collection[str]) -> tuple[Verdict, ...]:
    """The verdicts of the servers that are trusted by their authserv-id, one a method, in the order dmarc, spf, dkim.

    Anybody can write such a header: only the first one of each trusted name counts (RFC 8601 sections 1.6 and 5), and
    without a trusted name there is no verdict.  Of several signatures one that passed stands for all.
    """
    names = {name.lower() for name in trusted}
    seen: set[str] = set()
    found: dict[str, Verdict] = {}
    for field, value in fields:
        if field.lower() != "authentication-results" or not names:
            continue
        text = _COMMENT.sub(" ", unfolded(value[:_LENGTH]))
        server, *results = text.split(";")
        who = (server.split() or [""])[0].lower()
        if who not in names or who in seen:
            continue
        seen.add(who)
        for result in results[:50]:
            verdict = _verdict(result)
            if verdict and (verdict.method not in found or _is_better(verdict, found[verdict.method])):
                found[verdict.method] = verdict
    return tuple(found[method] for method in _METHODS if method in found)


def _is_better(new: Verdict, old: Verdict) -> bool:
    return new.method == "dkim" and new.result == "pass" != old.result


def _verdict(text: str) -> Verdict | None:
    match = _RESULT.match(text.strip())
    if match is None or match[1].lower() not in _METHODS:
        return None
    domain = _DOMAIN.search(match[3])
    return Verdict(match[1].lower(), match[2].lower(), domain[1] if domain else "")


def told(found: Collection[Verdict]) -> SafeText:
    """`DMARC pass (example.com), SPF pass, DKIM fail`: one line for a person; empty when there is no verdict."""
    words, last = list[str](), ""
    for one in found:
        domain = f" ({one.domain})" if one.domain and one.domain.lower() != last else ""
        last = one.domain.lower() or last
        words.append(f"{one.method.upper()} {one.result}{domain}")
    return line(", ".join(words), 400)


def is_refuted(found: Collection[Verdict]) -> bool:
    """Whether the receiving server says that the sender is not who the message says.

    A signature alone that fails says little: mailing lists break it.
    """
    results = {one.method: one.result for one in found}
    if "dmarc" in results:
        return results["dmarc"] == "fail"
    return results.get("spf") == "fail" and results.get("dkim") != "pass"
