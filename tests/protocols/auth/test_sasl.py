"""SASL mechanisms, against the examples of their specifications."""

import pytest

from protocols.auth import sasl
from protocols.auth.sasl import CramMD5, Credentials, Login, OAuthBearer, Plain, XOAuth2
from protocols.errors import SignInRefused, Throttled


def test_plain_is_utf8_between_nuls_and_said_once():
    plain = Plain(Credentials("hiền", "mật khẩu"))
    assert plain.initial() == "\0hiền\0mật khẩu".encode()
    with pytest.raises(SignInRefused):
        plain.answer(b"")


def test_plain_answers_the_first_challenge_when_there_was_no_initial_response():
    assert Plain(Credentials("u", "p")).answer(b"whatever") == b"\0u\0p"


def test_login_gives_user_then_password_then_nothing():
    login = Login(Credentials("u", "p"))
    assert [login.answer(b"Username:"), login.answer(b"Password:")] == [b"u", b"p"]
    with pytest.raises(SignInRefused):
        login.answer(b"More:")


def test_cram_md5_signs_the_challenge_as_in_rfc_2195():
    challenge = b"<1896.697170952@postoffice.reston.mci.net>"
    assert CramMD5(Credentials("tim", "tanstaaftanstaaf")).answer(challenge) == b"tim b913a602c7eda7a495b4e6e7334d3890"


def test_xoauth2_acknowledges_the_error_document():
    mechanism = XOAuth2(Credentials("u@x", "token"))
    assert mechanism.initial() == b"user=u@x\1auth=Bearer token\1\1"
    assert mechanism.answer(b'{"status":"401","schemes":"bearer"}') == b""
    assert mechanism.status == "401"


def test_oauthbearer_escapes_the_user_and_acknowledges():
    mechanism = OAuthBearer(Credentials("a=b,c", "t"))
    assert mechanism.initial() == b"n,a=a=3Db=2Cc,\1auth=Bearer t\1\1"
    assert mechanism.answer(b"[1]") == b"\1"
    assert mechanism.status == ""


def test_nul_is_refused():
    with pytest.raises(SignInRefused):
        Plain(Credentials("u", "a\0b"))


def test_the_secret_is_not_shown():
    assert "hush" not in repr(Credentials("u", "hush"))


def test_base64_has_no_line_ends_and_reads_prose_as_nothing():
    assert b"\n" not in sasl.encode(b"x" * 500)
    assert sasl.encode_initial(b"") == b"="
    assert sasl.decode(sasl.encode(b"abc")) == b"abc"
    assert sasl.decode(b"Go ahead") == b""


def test_without_tls_the_mechanism_that_does_not_show_the_password_comes_first_unless_nobody_can_listen():
    assert sasl.order(False, "mail.example.com")[0] is CramMD5
    assert sasl.order(True, "mail.example.com")[0] is Plain
    assert sasl.order(False, "127.0.0.1")[0] is Plain


def test_only_a_refusal_of_a_token_is_explained_as_one():
    assert sasl.explained(SignInRefused("No."), Plain(Credentials("u", "p"))).title == "No."
    assert "access token" in sasl.explained(SignInRefused("No."), XOAuth2(Credentials("u", "t"))).title
    assert sasl.explained(Throttled("Later.", delay=1), XOAuth2(Credentials("u", "t"))).title == "Later."
