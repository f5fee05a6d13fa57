"""Names what is signed or encrypted: nothing is checked or opened here, and nothing is said to be genuine."""

from protocols.mime.part import Part

_SMIME_SIGNATURES = ("application/pkcs7-signature", "application/x-pkcs7-signature")
_SMIME = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_KINDS = {"signed-data": "signed", "enveloped-data": "encrypted", "authenveloped-data": "encrypted", "certs-only": ""}
_UNCHECKED = "the signature has not been checked"


def seals(root: Part) -> tuple[str, ...]:
    """What a person should know of a message's signatures and encryption, a sentence each; at most five."""
    told: list[str] = []
    for part in root.walk():
        sentence = _sentence(part, whole=part is root)
        if sentence and sentence not in told:
            told.append(sentence)
    return tuple(told[:5])


def _sentence(part: Part, *, whole: bool) -> str:
    what = "This message" if whole else "A part of this message"
    if part.type == "multipart/encrypted":
        return f"{what} is encrypted (PGP); bocau cannot open it."
    if part.type == "multipart/signed":
        kind = "S/MIME" if part.params.get("protocol", "").lower().strip('"') in _SMIME_SIGNATURES else "PGP"
        return f"{what} is signed ({kind}); {_UNCHECKED}."
    if part.type in _SMIME:
        kind = _KINDS.get(part.params.get("smime-type", "").lower(), "signed or encrypted")
        if kind == "encrypted":
            return f"{what} is encrypted (S/MIME); bocau cannot open it."
        return f"{what} is {kind} (S/MIME); it cannot be shown, but saved." if kind else ""
    if part.type == "text/plain" and part.here and part.source.find(b"-----BEGIN PGP ", part.start, part.end) >= 0:
        return _inline(part)
    return ""


def _inline(part: Part) -> str:
    """Armour in the middle of a text, which covers no more than what stands inside it."""
    body = part.body
    if b"-----BEGIN PGP MESSAGE-----" in body:
        return "A part of the text is encrypted (PGP); bocau cannot open it."
    if b"-----BEGIN PGP SIGNED MESSAGE-----" in body:
        return f"A part of the text is signed (PGP), between its marks; {_UNCHECKED}."
    return ""
