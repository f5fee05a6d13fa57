"""A message of which only some parts are here: its tree from the server's description, with the texts put in."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from protocols.mime.headers import decode_header, split_headers
from protocols.mime.parse import Message, described
from protocols.mime.part import Fields, Part
from store.structure import Structure

HEADER = "HEADER"


def partial_message(tree: Structure, texts: Mapping[str, bytes], complete: Collection[str]) -> Message:
    """Return the message as far as it is here.  Never raises.

    `texts` holds sections by their IMAP names (`HEADER`, `1.MIME`, `1.2`, `2.HEADER` of a message inside) as they were
    transferred; `complete` names those that are here to their end, attachments among them though their bytes are not in
    `texts`.
    """
    fields, offset = split_headers(texts.get(HEADER, b""))
    headers = tuple((name, decode_header(value)) for name, value in fields)
    return Message(headers, _part(tree, fields, texts, frozenset(complete)), offset)


def _part(said: Structure, fields: Fields, texts: Mapping[str, bytes], complete: frozenset[str]) -> Part:
    """Build one part; `fields` are those of the message that it is the body of, else empty.

    As deep as the tree, which is bounded where it is read.
    """
    body = texts.get(said.section, b"")
    if said.children:
        inside: Fields = []
        if said.type.startswith("message/"):
            inside, _ = split_headers(texts.get(f"{said.section}.{HEADER}", b""))
        children = tuple(_part(child, inside, texts, complete) for child in said.children)
        whole = said.section in complete or all(one.complete for one in children)
        return replace(_as_said(said, fields, b""), children=children, complete=whole)
    own = fields or split_headers(texts.get(f"{said.section}.MIME", b""))[0]
    whole = said.section in complete
    part = _as_said(said, own, body)
    if body and any(name.lower() == "content-type" for name, _ in own):
        # what the sender wrote says more than what the server made of it
        part = described(body, own, (0, len(body)), said.section, said.type)
    return replace(part, size=len(body) if whole and body else said.size, complete=whole)


def _as_said(said: Structure, fields: Fields, body: bytes) -> Part:
    return Part(
        index=said.section,
        type=said.type,
        name=said.name,
        size=said.size,
        disposition=said.disposition,
        charset=said.charset,
        encoding=said.encoding,
        params=said.params,
        content_id=said.content_id,
        source=body,
        start=0,
        end=len(body),
        fields=fields,
    )
