"""Untagged responses and response codes as values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import Misbehaved, Refused, SignInRefused, Throttled
from protocols.imap.answers import Tagged, read_appended, read_copied, refusal, response_code
from protocols.imap.framing import Framer, Response
from protocols.imap.parse import (
    Space,
    Status,
    read_count,
    read_list,
    read_namespace,
    read_search,
    read_search_ranges,
    read_status,
    read_vanished,
)


def response(raw: bytes) -> Response:
    (one,) = Framer().feed(raw + b"\r\n")
    return one


@pytest.mark.parametrize(
    ("raw", "delimiter", "name"),
    [
        (b'* LIST (\\HasNoChildren) "/" INBOX', "/", b"INBOX"),
        (b'* LIST (\\HasNoChildren) "." "A* B (c) \\"d\\\\"', ".", b'A* B (c) "d\\'),
        (b'* list () nil "flat"', None, b"flat"),
        (b'* XLIST (\\Sent) "/" {4}\r\na"b\\', "/", b'a"b\\'),
        (b'* LSUB () "\\\\" a\\b', "\\", b"a\\b"),
        (b'* LIST () "/" "x" ("CHILDINFO" ("SUBSCRIBED"))', "/", b"x"),
        (b'* LIST () "" "x"', None, b"x"),
        (b'* LIST () "/" ""', "/", b""),
        (b'* LIST () "/" "Entw\xc3\xbcrfe"', "/", "Entwürfe".encode()),
    ],
)
def test_a_listed_folder_keeps_its_raw_name(raw, delimiter, name):
    """I09."""
    folder = read_list(response(raw))
    assert (folder.delimiter, folder.name) == (delimiter, name)


def test_attributes_of_folders_are_lower_case():
    assert read_list(response(b'* LIST (\\Drafts \\HasNoChildren) "/" x')).attributes == {"\\drafts", "\\hasnochildren"}


@pytest.mark.parametrize("raw", [b"* LIST", b"* LIST (", b'* LIST () "/"', b"* LIST () x y", b'* LIST (a(b)) "/" x'])
def test_a_broken_list_is_an_error_of_that_response(raw):
    """I09."""
    with pytest.raises(Misbehaved):
        read_list(response(raw))


def test_status_is_read_whatever_the_name_looks_like():
    assert read_status(response(b'* STATUS "a (b)" (MESSAGES 3 uidnext 44)')) == Status(
        b"a (b)", {"MESSAGES": 3, "UIDNEXT": 44}
    )
    assert read_status(response(b"* STATUS {3}\r\na b (UNSEEN 1)")) == Status(b"a b", {"UNSEEN": 1})
    assert read_status(response(b"* STATUS x ()")) == Status(b"x", {})
    with pytest.raises(Misbehaved):
        read_status(response(b"* STATUS x"))


def test_a_mailbox_id_is_no_number():
    told = read_status(response(b"* STATUS x (MAILBOXID (F22-1) MESSAGES 3)"))
    assert told == Status(b"x", {"MESSAGES": 3}, "F22-1")
    told = read_status(response(b"* STATUS x (MAILBOXID (\xc7\xb8\xda&V) MESSAGES 3)"))
    assert told == Status(b"x", {"MESSAGES": 3})
    assert read_status(response(b"* STATUS x (MAILBOXID () MESSAGES 99999999999999999999)")) == Status(b"x", {})


@pytest.mark.parametrize(
    ("raw", "groups"),
    [
        (b'* NAMESPACE (("INBOX." ".")) NIL NIL', ((Space(b"INBOX.", "."),), (), ())),
        (
            b'* NAMESPACE (("" "/")("#mh/" "/")) (("~" "/")) (("#shared/" "/"))',
            ((Space(b"", "/"), Space(b"#mh/", "/")), (Space(b"~", "/"),), (Space(b"#shared/", "/"),)),
        ),
        (b'* NAMESPACE (("" "/" "X-PARAM" ("FLAG1" "FLAG2"))) NIL NIL', ((Space(b"", "/"),), (), ())),
        (b'* NAMESPACE (("" NIL)) nil nil', ((Space(b"", None),), (), ())),
        (b'* NAMESPACE (({3}\r\na"b "\\\\")) NIL NIL', ((Space(b'a"b', "\\"),), (), ())),
        (b"* NAMESPACE NIL NIL NIL", ((), (), ())),
    ],
)
def test_namespaces_are_read_with_their_delimiters(raw, groups):
    """I19."""
    assert read_namespace(response(raw)) == groups


@pytest.mark.parametrize("raw", [b"* NAMESPACE", b'* NAMESPACE (("" "/")'])
def test_a_namespace_that_cannot_be_read_is_said_to_be_so(raw):
    """I19."""
    with pytest.raises(Misbehaved):
        read_namespace(response(raw))


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b'* LIST () "/" Sent Items', b"Sent Items"),
        (b'* LIST () "/" "a "b" c"', b'a "b" c'),
        (b'* LIST () "/" "a" ("CHILDINFO" ("SUBSCRIBED"))', b"a"),
        (b'* LIST () "/" a (OLDNAME (b))', b"a"),
    ],
)
def test_names_that_are_badly_quoted_are_taken_whole_and_what_comes_after_good_ones_is_not_theirs(raw, name):
    assert read_list(response(raw)).name == name


def test_search_results_are_numbers_in_the_servers_order():
    """I13."""
    assert read_search(response(b"* SEARCH 5 3 9 (MODSEQ 77)")) == [5, 3, 9]
    assert read_search(response(b"* SEARCH")) == []
    assert read_search(response(b"* SEARCH 0 1 99999999999")) == [1]
    assert read_search(response(b'* ESEARCH (TAG "A1") UID ALL 1:3,9 MODSEQ 4')) == [1, 2, 3, 9]
    assert read_search(response(b'* ESEARCH (TAG "A1") UID')) == []
    assert read_search_ranges(response(b'* ESEARCH (TAG "A1") UID ALL 9,1:300000000'[:-3])) == [(9, 9), (1, 300000)]
    assert read_search_ranges(response(b"* SEARCH 4 2")) == [(4, 4), (2, 2)]
    with pytest.raises(Misbehaved):
        read_search_ranges(response(b'* ESEARCH (TAG "A1") UID ALL 1:4294967295'))
    with pytest.raises(Misbehaved):
        read_search(response(b"* SEARCH one"))


def test_vanished_stays_ranges():
    gone = read_vanished(response(b"* VANISHED (EARLIER) 1:4294967295"))
    assert gone.earlier and gone.ranges == ((1, 4294967295),)
    assert read_vanished(response(b"* VANISHED 7,9:10")).ranges == ((7, 7), (9, 10))
    with pytest.raises(Misbehaved):
        read_vanished(response(b"* VANISHED (EARLIER)"))


def test_counts_belong_to_their_name():
    """I04."""
    assert read_count(response(b"* 7 EXISTS"), "EXISTS") == 7
    assert read_count(response(b"* 7 EXISTS"), "EXPUNGE") is None
    assert read_count(response(b"* 4294967296 EXISTS"), "EXISTS") is None
    assert read_count(response(b"* -1 EXISTS"), "EXISTS") is None


def test_response_codes_are_split_from_the_text():
    assert response_code(b"[UIDNEXT 4392] Predicted") == ("UIDNEXT", b"4392", b"Predicted")
    assert response_code(b'[badcharset ("a]b")] no') == ("BADCHARSET", b'("a]b")', b"no")
    assert response_code(b"all fine") == ("", b"", b"all fine")
    assert response_code(b"[never closed") == ("", b"", b"[never closed")


def test_copyuid_pairs_sources_with_destinations():
    assert read_copied(response_code(b"[COPYUID 9 7,3:4 20:22] x")) == (9, [(7, 20), (3, 21), (4, 22)])
    for text in (b"[COPYUID 9 1:3 1:2] x", b"[COPYUID x 1 1]", b"[COPYUID 1 1]", b"[OTHER 1 1 1]"):
        with pytest.raises(Misbehaved):
            read_copied(response_code(text))


def test_appenduid_is_one_uid():
    assert read_appended(response_code(b"[APPENDUID 38505 3955] done")) == (38505, 3955)
    for text in (b"[APPENDUID 1 1:2]", b"[APPENDUID 1]", b"done"):
        with pytest.raises(Misbehaved):
            read_appended(response_code(text))


@pytest.mark.parametrize(
    ("command", "answer", "kind"),
    [
        ("LOGIN", b"NO [AUTHENTICATIONFAILED] no", SignInRefused),
        ("LOGIN", b"NO Logon failure", SignInRefused),
        ("LOGIN", b"NO [ALERT] Too many simultaneous connections. (Failure)", Throttled),
        ("LOGIN", b"NO [UNAVAILABLE] auth is down", Throttled),
        ("SELECT", b"NO [LIMIT] Maximum number of connections from user+IP exceeded", Throttled),
        ("SELECT", b"NO [NONEXISTENT] gone", Refused),
        ("FETCH", b"NO [UNAVAILABLE] message is poisoned", Refused),
        ("FETCH", b"NO [OVERQUOTA] Account exceeded command or bandwidth limits.", Throttled),
        ("FETCH", b"BAD Request is throttled. Suggested Backoff Time: 1500 milliseconds", Throttled),
        ("APPEND", b"NO [OVERQUOTA] mailbox full", Refused),
        ("FETCH", b"BAD what", Misbehaved),
        ("SELECT", b"NO [EXPIRED] password", SignInRefused),
    ],
)
def test_a_refusal_is_the_error_that_its_words_mean(command, answer, kind):
    """I14."""
    status, _, rest = answer.partition(b" ")
    assert type(refusal(Tagged.read(status, rest), command)) is kind


def test_a_suggested_back_off_is_honoured():
    error = refusal(Tagged.read(b"BAD", b"Suggested Backoff Time: 1500 milliseconds"), "FETCH")
    assert isinstance(error, Throttled) and error.delay == 1.5


@given(st.binary(max_size=80).filter(lambda raw: b"\n" not in raw and not raw.endswith(b"}")))
def test_no_response_breaks_a_reader(raw):
    one = Response((b"* LIST " + raw,))
    for read in (read_list, read_status, read_search, read_vanished):
        try:
            read(one)
        except Misbehaved:
            continue
    response_code(raw)
