"""The demo's hostile letters: what attackers and broken programs send, for everybody to see it shown safely."""

from email.utils import formatdate

from protocols.demo.compose import Person

_BOMB = "<table>" * 400 + "deep" + "</table>" * 400
_HEAD = (
    "Date: {date}\r\nFrom: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\n"
    "Message-ID: <hostile-{number}@evil.example>\r\n"
)
_PLAIN = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
_HTML = "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"

LETTERS: tuple[tuple[str, str, str], ...] = (
    (
        "Mallory <mallory@evil.example>",
        "Escape \x1b[31m\x1b[2J\x1b]0;owned\x07 sequences \x9b31m in a subject",
        _PLAIN + "This body tries to clear the screen: \x1b[2J\x1b[H\r\n"
        "and to write to your clipboard: \x1b]52;c;cm0gLXJm\x07\r\n",
    ),
    (
        '"support@nganhang.example" <mallory@evil.example>',
        "Your account will be closed [bold red]TODAY[/bold red]",
        _HTML + '<p>Sign in now: <a href="https://evil.example/login">https://nganhang.example/login</a></p>'
        '<p>[@click=app.quit]markup[/] of a terminal program is only text.</p><script>alert(1)</script>\r\n',
    ),
    (
        "Mallory <mallory@evil.example>",
        "Invoice \u202efdp.exe and zero\u200bwidth \u2066signs\u2069",
        _PLAIN + "A right-to-left override turns the file name around: \u202egpj.exe\r\n",
    ),
    (
        "<<>> broken@@ (unclosed",
        "=?utf-8?B?not-base64!!?= =?unknown-8?Q?=FF=FE?=",
        'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="never-closed"\r\n\r\n--never-closed\r\n'
        "Content-Type: text/plain; charset=martian\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!! not base64 ????\r\n"
        "--never-closed\r\nContent-Type: multipart/mixed; boundary=\r\n\r\nThe end never comes.\r\n",
    ),
    ("Mallory <mallory@evil.example>", "A bomb of tables", _HTML + _BOMB + "\r\n"),
    (
        "Zalgo <zalgo@evil.example>",
        "Z" + "\u0300\u0321\u0347" * 20 + "algo climbs over its neighbours",
        _PLAIN + "H" + "\u0301\u0323\u0358" * 60 + "e comes.\r\n",
    ),
)  # fmt: skip


def hostile(number: int, to: Person, when: int) -> bytes:
    """The bytes of one of LETTERS, raw where a well-behaved program would have encoded them."""
    sender, subject, rest = LETTERS[number % len(LETTERS)]
    head = _HEAD.format(date=formatdate(when), sender=sender, to=to, subject=subject, number=f"{number}.{when}")
    return (head + rest).encode()
