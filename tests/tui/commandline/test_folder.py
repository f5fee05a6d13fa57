"""Folders are created, renamed, deleted and subscribed from the command line, and every no has its exit code."""

from tests.tui.commandline.conftest import Call, Site


def paths(site: Site, account: str) -> set[str]:
    return {str(one["path"]) for one in site("folders", "--json").objects if one["account"] == account}


def test_a_folder_is_created_renamed_and_deleted_at_its_server(site: Site):
    assert site("folder", "create", "work", "Plans/2026").out == "Created Plans/2026.\n"
    assert "Plans/2026" in paths(site, "work")
    assert site("folder", "rename", "work", "plans/2026", "Plans for 2027").out == (
        "Renamed Plans/2026 to Plans for 2027.\n"
    )
    assert "Plans for 2027" in paths(site, "work")
    assert site("sync", "--account", "work").code == 0
    assert {"Plans for 2027"} <= paths(site, "work")
    assert "Plans/2026" not in paths(site, "work")
    assert site("folder", "delete", "work", "Plans for 2027").out == "Deleted Plans for 2027.\n"
    assert site("sync", "--account", "work").code == 0
    assert "Plans for 2027" not in paths(site, "work")


def test_a_folder_with_mail_is_deleted_only_when_somebody_means_it(site: Site):
    assert site("folder", "create", "work", "Doomed").code == 0
    message = site.ids("--account", "work")[0]
    assert site("move", message, "Doomed", "--now").code == 0
    refused = site("folder", "delete", "work", "Doomed")
    assert refused.code == 2
    assert "holds 1 message" in refused.err
    assert "--with-mail" in refused.err
    assert site("move", message, "inbox").code == 0
    assert site("sync", "--account", "work").code == 0
    assert site("folder", "delete", "work", "Doomed", "--with-mail").code == 0


def test_a_subscription_is_made_and_taken_back(site: Site):
    assert site("folder", "unsubscribe", "work", "archive").code == 0
    (archive,) = [f for f in site("folders", "--json").objects if f["account"] == "work" and f["role"] == "archive"]
    assert archive["subscribed"] is False
    assert site("folder", "subscribe", "work", "archive").code == 0


def test_local_folders_of_a_pop3_account_need_no_server(site: Site):
    site.unplug()
    name = next(str(one["name"]) for one in site("account", "list", "--json").objects if one["protocol"] == "pop3")
    assert site("folder", "create", name, "Keep/This").code == 0
    assert site("folder", "rename", name, "Keep/This", "Kept").code == 0
    assert {"Kept"} <= paths(site, name)
    assert site("folder", "subscribe", name, "Kept").code == 2
    assert site("folder", "delete", name, "Kept").code == 0
    assert "Kept" not in paths(site, name)


def test_without_a_connection_nothing_is_changed_and_the_exit_code_is_4(site: Site):
    site.unplug()
    before = paths(site, "work")
    done = site("folder", "create", "work", "Later")
    assert done.code == 4
    assert "nothing was changed" in done.err
    assert paths(site, "work") == before


def test_wrong_names_are_told_apart(site: Site, call: Call):
    assert site("folder", "create", "nobody", "A").code == 7
    assert site("folder", "rename", "work", "No such", "A").code == 7
    assert site("folder", "delete", "work", "inbox").code == 2
    assert site("folder", "rename", "work", "inbox", "A").code == 2
    assert site("folder", "create", "work").code == 2


def test_a_local_folder_with_mail_leaves_it_in_the_trash(site: Site):
    site.unplug()
    message = site.ids("--account", "old")[0]
    assert site("folder", "create", "old", "Keep").code == 0
    assert site("move", message, "Keep").code == 0
    refused = site("folder", "delete", "old", "Keep")
    assert refused.code == 2 and "would go to the trash" in refused.err
    assert site("folder", "delete", "old", "Keep", "--with-mail").code == 0
    assert message in site.ids("--account", "old", "--folder", "trash")
