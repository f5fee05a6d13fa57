"""Shows delivery reports, read receipts and abuse reports (RFC 3464, RFC 8098, RFC 5965) in sentences."""

import re

from protocols.mime.blocks import Block, LinkList
from protocols.mime.headers import decode_header, split_headers
from protocols.mime.labelled import empty, heading, labelled

TYPES = ("message/delivery-status", "message/disposition-notification", "message/feedback-report")
LIMIT = 200_000
_RECIPIENTS = 100
_ACTIONS = {
    "failed": "Not delivered",
    "delayed": "Delayed, and still tried",
    "delivered": "Delivered",
    "relayed": "Handed on to a server that sends no reports",
    "expanded": "Delivered to the members of a list",
}
_COMPLAINT = (
    ("About mail from", "original-mail-from"),
    ("To", "original-rcpt-to"),
    ("Sent by", "source-ip"),
    ("Came", "arrival-date"),
    ("Reported domain", "reported-domain"),
    ("By", "user-agent"),
)
_BLANK = re.compile(rb"\r?\n[ \t]*\r?\n")


def report_blocks(kind: str, data: bytes, links: LinkList) -> list[Block] | None:
    """Return the blocks of a report of one of TYPES, None when it says nothing that is known.  Never raises."""
    groups = [_fields(part) for part in _BLANK.split(data[:LIMIT].strip())[: _RECIPIENTS + 1]]
    groups = [group for group in groups if group]
    if not groups:
        return None
    if kind == "message/delivery-status":
        return _delivery(groups, links)
    return _receipt(groups[0], links) if kind == "message/disposition-notification" else _complaint(groups[0], links)


def _fields(data: bytes) -> dict[str, str]:
    fields, _ = split_headers(data + b"\r\n\r\n")
    return {name.lower(): decode_header(value) for name, value in reversed(fields)}


def _bare(value: str) -> str:
    """A value without the type in front, and without brackets: `rfc822; <user@example.org>`."""
    kind, mark, rest = value.partition(";")
    bare = rest.strip() if mark and "@" not in kind else value.strip()
    return bare[1:-1] if bare.startswith("<") and bare.endswith(">") else bare


def _delivery(groups: list[dict[str, str]], links: LinkList) -> list[Block] | None:
    about = groups[0] if "final-recipient" not in groups[0] else {}
    blocks: list[Block] = []
    for group in groups[1:] if about else groups:
        action = group.get("action", "").strip().lower()
        recipient = _bare(group.get("original-recipient") or group.get("final-recipient", ""))
        if not recipient and not action:
            continue
        blocks.append(heading(f"{_ACTIONS.get(action, 'Report')}: {recipient or '(recipient not named)'}"))
        if "original-recipient" in group and _bare(group.get("final-recipient", "")) != recipient:
            blocks += labelled("In the end", _bare(group.get("final-recipient", "")))
        blocks += labelled("Why", _bare(group.get("diagnostic-code", "")), links)
        blocks += labelled("Status", group.get("status", ""))
        blocks += labelled("Said by", _bare(group.get("remote-mta", "")))
        blocks += labelled("Tried until", group.get("will-retry-until", ""))
        blocks.append(empty())
    if blocks:
        blocks += labelled("Reported by", _bare(about.get("reporting-mta", "")))
        blocks += labelled("Came", about.get("arrival-date", ""))
    return blocks or None


def _receipt(fields: dict[str, str], links: LinkList) -> list[Block] | None:
    disposition = fields.get("disposition", "").rpartition(";")[2].strip().lower()
    if not disposition:
        return None
    told = {"displayed": "It was shown to", "deleted": "It was deleted unread by"}.get(disposition.split("/")[0])
    recipient = _bare(fields.get("final-recipient", "") or fields.get("original-recipient", ""))
    blocks = [heading(f"{told or f'Receipt ({disposition}) from'} {recipient or 'the recipient'}")]
    blocks += labelled("Message", fields.get("original-message-id", ""))
    return [*blocks, *labelled("Said by", fields.get("reporting-ua", ""), links), empty()]


def _complaint(fields: dict[str, str], links: LinkList) -> list[Block] | None:
    kind = fields.get("feedback-type", "").strip()
    if not kind:
        return None
    blocks = [heading(f"Complaint: {kind}")]
    for label, name in _COMPLAINT:
        blocks += labelled(label, fields.get(name, ""), links)
    return [*blocks, empty()]
