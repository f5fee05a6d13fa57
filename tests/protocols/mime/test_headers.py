"""Headers of real and of hostile mail: words, addresses, dates, parameters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.mime.headers import addresses, date, decode_header, message_ids, parameters, split_headers
from store.model import Address

TOKENS = st.sampled_from(
    [
        "=?utf-8?q?a?=",
        "=?utf-8?b?w6Q=?=",
        "<",
        ">",
        ",",
        ";",
        ":",
        '"',
        "(",
        ")",
        "\\",
        "@",
        "a@b",
        " ",
        "\r\n ",
        "\r",
        "\0",
        "=",
        "*",
        "'",
    ]
)
VALUES = st.binary() | st.lists(TOKENS | st.text(max_size=5)).map(
    lambda parts: "".join(parts).encode("utf-8", "replace")
)


@given(VALUES)
def test_any_value_is_read_by_every_reader(value: bytes) -> None:
    text = decode_header(value)
    assert not set(text) & set("\r\n\0")
    text.encode("utf-8")
    for address in addresses(value):
        assert not set(str(address)) & set("\r\n\0")
        str(address).encode("utf-8")
    date(value)
    message_ids(value)
    kind, params = parameters(value)
    "".join([kind, *params, *params.values()]).encode("utf-8")
    fields, offset = split_headers(value)
    assert 0 <= offset <= len(value)
    assert all(name and b"\0" not in name.encode("latin-1") for name, _ in fields)


@given(st.text(st.characters() | st.just("\ud800")))
def test_any_text_is_read_by_every_reader(value: str) -> None:
    decode_header(value).encode("utf-8")
    addresses(value)
    date(value)
    message_ids(value)
    parameters(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?utf-8?q?Xin_ch=C3=A0o?=", "Xin chào"),
        ("=?utf-8?b?4oI=?= =?utf-8?b?rA==?=", "€"),
        ("a =?utf-8?q?b?= c =?utf-8?q?d?=\r\n =?utf-8?q?e?= f", "a b c de f"),
        ("=?iso-8859-1*de?q?=FCber?=", "über"),
        pytest.param("=?utf-8?b?a?=", "=?utf-8?b?a?=", id="P12-bad-base64"),
        pytest.param("=?nonsense?q?caf=C3=A9?=", "café", id="P12-bad-charset"),
        pytest.param("=?utf-8?q?a=0D=0ABcc:_x=40y?=", "a Bcc: x@y", id="P12-no-line-break-survives"),
        pytest.param("=?unicode_escape?q?=5Cx1b?=", "\\x1b", id="T20-unicode-escape"),
        pytest.param(b"caf\xe9", "café", id="P13-raw-latin-1"),
        pytest.param("hóa đơn".encode(), "hóa đơn", id="P13-raw-utf-8"),
        pytest.param(b"a\rBcc: e@x\0", "a Bcc: e@x", id="P13-bare-carriage-return"),
    ],
)
def test_a_header_is_decoded(value: bytes | str, text: str) -> None:
    assert decode_header(value) == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Bob <bob@x>", [("Bob", "bob@x")]),
        ('"Doe, J" <j@x>, k@y (Kay)', [("Doe, J", "j@x"), ("Kay", "k@y")]),
        ("Doe, John <j@x>, root", [("Doe, John", "j@x"), ("", "root")]),
        ("=?utf-8?q?Foo,_B=C3=A4r?= <x@y>", [("Foo, Bär", "x@y")]),
        ("grp: a@b, C <c@d>;, e@f", [("", "a@b"), ("C", "c@d"), ("", "e@f")]),
        ('"a b"@x.org', [("", '"a b"@x.org')]),
        ('Q <"a b"@x.org>', [("Q", '"a b"@x.org')]),
        ("<@a,@b:c@d>", [("", "c@d")]),
        ("a <b@c, d <e@f>", [("a", "b@c"), ("d", "e@f")]),
        ("x (c (n) d) <y@z>", [("x", "y@z")]),
        pytest.param('"Undisclosed recipients":;', [], id="P05-group"),
        pytest.param("To: <", [], id="P05-open-angle"),
        pytest.param('a@, @b, "', [("", "a@"), ("", "@b")], id="P05-open-quote"),
        pytest.param("<a@[b", [("", "a@[b")], id="P07-domain-literal"),
        pytest.param("Spoof <spoof@x> <real@y>", [("Spoof <spoof@x>", "real@y")], id="P10-two-angles"),
        pytest.param('"ceo@corp" <evil@x>', [("ceo@corp", "evil@x")], id="P10-name-is-an-address"),
        pytest.param(
            "alice@example.org<bob@evil.com>", [("alice@example.org", "bob@evil.com")], id="P10-CVE-2023-27043"
        ),
    ],
)
def test_an_address_list_is_read(value: str, expected: list[tuple[str, str]]) -> None:
    assert addresses(value) == tuple(Address(name, address) for name, address in expected)


def test_p11_an_encoded_word_never_becomes_an_address() -> None:
    spoof = (
        "=?utf-8?b?cG90dXNAd2hpdGVob3VzZS5nb3Y=?=" + "=?utf-8?Q?=0A=00?=" + "=?utf-8?b?cG90dXNAd2hpdGVob3VzZS5nb3Y=?="
    )
    (address,) = addresses(f"{spoof}@mailsploit.com")
    assert address.address.endswith("@mailsploit.com")
    (address,) = addresses(f"{spoof} <a@mailsploit.com>")
    assert address.address == "a@mailsploit.com"


def test_p05_a_list_is_cut_at_its_limit() -> None:
    assert len(addresses("a@b," * 50_000)) == 1000
    assert len(addresses("a@b, c@d", 1)) == 1


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "value",
    [
        ";" * 100_000,
        "a:;" * 20_000,
        '"\\"' * 50_000,
        '"' + '\\"' * 100_000,
        "(" * 100_000,
        "()" * 50_000,
        "<" * 100_000,
        "<a>" * 50_000,
        '"x" ' * 50_000,
        "=?utf-8?q?a?= " * 50_000,
        "=?a?q?" * 50_000,
        "x@y " * 60_000,
        "a=" * 50_000,
        'a="' + ";" * 100_000,
        ";a=b" * 20_000,
        "filename*" + "9" * 5000 + "=x",
        "\r\n " * 50_000,
        "\\" * 100_000,
    ],
)
def test_p04_p05_p06_bombs_end(value: str) -> None:
    assert len(decode_header(value)) <= 65_536
    addresses(value)
    parameters("a/b; " + value)
    message_ids(value)
    date(value)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("Fri, 21 Nov 2025 10:00:00 +0700", 1763694000),
        ("21 Nov 25 10:00 GMT", 1763719200),
        ("Fri Nov 21 10:00:00 2025", 1763719200),
        ("2020-01-01T00:00:00Z", 1577836800),
        ("Fri, 21 Nov 2025 10:00:00 -0000 (UTC)", 1763719200),
        ("Thu, 1 Jan 1970 00:00:00 +0000", 0),
        ("1 Jan 2020 00:00:00 +999999", 1577836800),
        ("1 Jan 2020 00:00:00 +9999", 1577836800),
        ("31 Dec 99999 00:00:00 +0000", None),
        ("1 Jan 0000 00:00:00 +0000", None),
        ("Sat, 31 Feb 2020 00:00:00 +0000", None),
        ("1 Foo 2020 00:00:00 +0000", None),
        ("9" * 5000, None),
        ("garbage", None),
        ("", None),
    ],
)
def test_p08_a_date_is_seconds_or_none(value: str, seconds: int | None) -> None:
    assert date(value) == seconds
    assert date(value.encode()) == seconds


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ("<a@b>\r\n <c@d>", ("<a@b>", "<c@d>")),
        ("a@b", ("<a@b>",)),
        ("<>", ()),
        ("<[", ()),
        ("", ()),
        ("<" + "a" * 10_000 + "@b>", ()),
    ],
)
def test_p07_message_ids_are_read(value: str, ids: tuple[str, ...]) -> None:
    assert message_ids(value) == ids


@pytest.mark.parametrize(
    ("value", "kind", "params"),
    [
        ("text/plain; charset=utf-8", "text/plain", {"charset": "utf-8"}),
        ('a/b; x="a;b\\"c"; y=foo bar', "a/b", {"x": 'a;b"c', "y": "foo bar"}),
        ("a/b; filename*0=x; filename*1*=%20y; filename*3=z", "a/b", {"filename": "x y"}),
        ("attachment; filename=x; filename*=utf-8''%e2%82%ac.pdf", "attachment", {"filename": "€.pdf"}),
        ("attachment; filename=a; filename=b", "attachment", {"filename": "a"}),
        ("attachment; filename==?utf-8?q?=C4=91?=.pdf", "attachment", {"filename": "đ.pdf"}),
        ("a; filename*=foo''%e2", "a", {"filename": "â"}),
        ("a; filename*=utf-8''%00../x", "a", {"filename": "../x"}),
        ('attachment; filename="unclosed.pdf', "attachment", {"filename": "unclosed.pdf"}),
        ("a; filename*" + "9" * 5000 + "=x", "a", {}),
        ("", "", {}),
    ],
)
def test_p06_parameters_are_read(value: str, kind: str, params: dict[str, str]) -> None:
    assert parameters(value) == (kind, params)


@pytest.mark.parametrize(
    ("raw", "fields", "body"),
    [
        (b"A: b\r\n c\r\nD:e\r\n\r\nbody", [("A", b"b\r\n c"), ("D", b"e")], b"body"),
        (b"From x Mon\nA: b\n\nbody", [("A", b"b")], b"body"),
        (b"\xef\xbb\xbfA: b\n\nbody", [("A", b"b")], b"body"),
        (b"\r\nA: b\n\nbody", [("A", b"b")], b"body"),
        (b"A: b\njunk\nC: d\n\nbody", [("A", b"b"), ("C", b"d")], b"body"),
        (b"A: b\nno header\n\nbody", [("A", b"b")], b"no header\n\nbody"),
        (b"Hello there\n\nbody", [], b"Hello there\n\nbody"),
        (b"S: a\rBcc: e@x\r\n\r\n", [("S", b"a\rBcc: e@x")], b""),
        (b"A: b", [("A", b"b")], b""),
        (b"", [], b""),
    ],
)
def test_p13_a_header_block_is_split_and_no_header_invented(
    raw: bytes, fields: list[tuple[str, bytes]], body: bytes
) -> None:
    found, offset = split_headers(raw)
    assert (found, raw[offset:]) == (fields, body)


@pytest.mark.timeout(20)
def test_p03_a_header_block_is_bounded() -> None:
    assert len(split_headers(b"A: b\n" * 200_000)[0]) == 10_000
    split_headers(b"A: " + b"x" * 10_000_000)
    split_headers(b"A: b\n" + b" c\n" * 100_000)
    split_headers(b"junk\n" * 200_000)


@pytest.mark.parametrize("folds", [1, 500])
def test_folded_values_keep_their_folding_however_many_lines_they_have(folds):
    lines = "".join(f"\r\n\tline {number} \r" for number in range(folds))
    raw = f"Subject : \t one{lines}\r\nDate: now\r\nX:\r\n\r\nbody".encode()
    fields, offset = split_headers(raw)
    assert fields == [("Subject", f"one{lines}".rstrip("\r").encode()), ("Date", b"now"), ("X", b"")]
    assert raw[offset:] == b"body"


@given(st.lists(st.sampled_from([b"A: b", b" c", b"\td:", b"no field", b"A :", b": x", b"\r", b"e:\xff"]), max_size=6))
def test_an_ending_that_only_slow_reading_takes_does_not_change_the_fields_before(lines):
    raw = b"First: one\r\n" + b"\r\n".join(lines)
    folded = b"\r\n x" * 300  # more than are joined one by one
    slow = split_headers(b"First: one" + folded + raw.removeprefix(b"First: one") + b"\r\n\r\n")[0]
    quick = split_headers(raw + b"\r\n\r\n")[0]
    assert [("First", b"one" + folded + quick[0][1].removeprefix(b"one")), *quick[1:]] == slow
