"""What stays on this disk is said by message, by folder and by setting; `doctor` tells what each account uses."""

from tests.tui.commandline.conftest import Call, Site


def folder_of(site: Site, account: str, role: str) -> dict[str, object]:
    (found,) = [f for f in site("folders", "--json").objects if f["account"] == account and f["role"] == role]
    return found


def message(site: Site, number: int) -> dict[str, object]:
    every = site("list", "--json", "--account", "work", "--limit", "1000").objects
    (found,) = [one for one in every if one["id"] == number]
    return found


def keeps(site: Site, words: str) -> None:
    """Let the IMAP account keep something else."""
    text = site.config.read_text()
    head, _, rest = text.partition("[accounts.work]\n")
    assert "keep =" not in rest.partition("[accounts.")[0]
    site.config.write_text(f'{head}[accounts.work]\nkeep = "{words}"\n{rest}')


def test_a_message_is_kept_and_let_go(site: Site):
    one, two = site.ids("--account", "work")[:2]
    done = site("keep", one, two, one)
    assert (done.code, done.out) == (0, "2 messages kept on this disk.\n")
    assert message(site, one)["kept"] is True
    assert site("keep", one).out == "Nothing to do: it is so already.\n"
    assert site("keep", one, "--off").out == "1 message no longer kept by hand.\n"
    assert message(site, one)["kept"] is False
    assert message(site, two)["kept"] is True


def test_nothing_is_kept_when_one_of_the_messages_is_not_there(site: Site):
    (one,) = site.ids("--account", "work")[:1]
    done = site("keep", one, 99999)
    assert done.code == 7
    assert "99999" in done.err
    assert message(site, one)["kept"] is False


def test_a_setting_that_keeps_less_takes_effect_with_the_next_sync_and_spares_what_is_kept(site: Site):
    assert site("sync", "--account", "work").code == 0  # other tests have changed what is on the server
    kept, gone = [n for n in site.ids("--account", "work") if "flagged" not in str(message(site, n)["flags"])][:2]
    assert site("keep", kept).code == 0
    keeps(site, "summaries")
    assert site("sync", "--account", "work").code == 0
    assert message(site, kept)["cached"] == "full"
    evicted = message(site, gone)
    assert (evicted["cached"], evicted["preview"] != "") == ("none", True)
    done = site("keep", gone)
    assert (done.out, done.code) == ("1 message kept on this disk.\n", 0)
    assert "come whole with the next sync" in done.err
    assert site("keep", gone, "--now").code == 0
    assert message(site, gone)["cached"] == "full"


def test_an_evicted_message_is_shown_when_there_is_a_server_and_is_exit_4_when_there_is_none(site: Site):
    keeps(site, "summaries")
    assert site("sync", "--account", "work").code == 0
    one, other = [n for n in site.ids("--account", "work") if message(site, n)["cached"] == "none"][:2]
    assert site("show", one).code == 0
    assert message(site, one)["cached"] == "full"
    site.unplug()
    assert site("show", one).code == 0, "what was opened is here"
    done = site("show", other)
    assert done.code == 4
    assert done.err
    assert site("keep", other, "--now").code == 4


def test_a_folder_is_kept_by_its_path_and_by_its_role(site: Site):
    done = site("folder", "keep", "work", "archive")
    assert done.out == "Archive of work stays on this disk; what is missing comes with the next sync.\n"
    assert folder_of(site, "work", "archive")["kept"] is True
    assert "kept on this disk" in site("folders").out
    assert site("folder", "keep", "work", "archive").out == "Nothing to do: it is so already.\n"
    assert site("folder", "keep", "--off", "work", "Archive").out == "Archive of work is no longer kept by hand.\n"
    assert folder_of(site, "work", "archive")["kept"] is False


def test_a_folder_needs_its_account_only_where_several_have_one_of_that_name(site: Site):
    ambiguous = site("folder", "keep", "inbox")
    assert ambiguous.code == 2
    assert "Several accounts have a folder inbox: " in ambiguous.err
    assert site("folder", "create", "work", "Only here").code == 0
    assert site("folder", "keep", "Only here").code == 0
    assert site("folder", "keep", "Nowhere").code == 7
    assert site("folder", "keep", "a", "b", "c").code == 2


def test_doctor_tells_what_each_account_uses(site: Site):
    details = {str(one["check"]): str(one["detail"]) for one in site("doctor", "--json").objects}
    assert " messages whole" in details["kept work"]
    assert details["kept work"].endswith('keep = "text"')
    keeps(site, "summaries")
    assert site("sync", "--account", "work").code == 0
    details = {str(one["check"]): str(one["detail"]) for one in site("doctor", "--json").objects}
    assert " as summary only; " in details["kept work"]
    assert details["free"].endswith("free, and are filled before it grows")


def test_doctor_tells_of_accounts_without_mail(call: Call):
    assert call("account", "add", "--name", "new", "--protocol", "imap", "--address", "a@example.com", "--host",
                "127.0.0.1", "--password-command", "echo x").code in (0, 4)  # fmt: skip
    details = {str(one["check"]): str(one["detail"]) for one in call("doctor", "--json").objects}
    assert details.get("kept new", "no mail yet").startswith("no mail yet")
