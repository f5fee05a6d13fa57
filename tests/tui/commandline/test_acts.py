"""Acts go into the journal and to the server; undo, refusals and failures end with the right code."""

from tests.tui.commandline.conftest import Call, Site


def flags(site: Site, message: int) -> list[str]:
    (shown,) = site("show", message, "--json").objects
    found = shown["flags"]
    assert isinstance(found, list)
    return found


def waiting(site: Site) -> list[dict[str, object]]:
    return [one for one in site("journal", "--json").objects if one["type"] == "operation"]


def work_inbox(site: Site) -> list[int]:
    return site.ids("--account", "work")


def test_a_mark_waits_in_the_journal_until_a_sync_sends_it(site: Site):
    message = work_inbox(site)[0]
    before = "flagged" in flags(site, message)
    done = site("mark", message, "--unstar" if before else "--star")
    assert (done.code, done.out) == (0, "Marked 1 without star.\n" if before else "Marked 1 with a star.\n")
    assert ("flagged" in flags(site, message)) is not before
    (entry,) = waiting(site)
    assert (entry["message"], entry["state"], entry["account"]) == (message, "queued", "work")
    assert site("sync", "--account", "work").code == 0
    assert waiting(site) == []
    assert ("flagged" in flags(site, message)) is not before


def test_now_sends_at_once(site: Site):
    message = work_inbox(site)[1]
    assert site("archive", message, "--now").code == 0
    assert waiting(site) == []
    assert message in site.ids("--account", "work", "--folder", "archive")
    assert site("undo", "--now").code == 0
    assert message in work_inbox(site)


def test_now_without_a_connection_keeps_the_act_and_is_exit_4(site: Site):
    site.unplug()
    message = work_inbox(site)[2]
    done = site("delete", message, "--now")
    assert done.code == 4
    assert done.out == "Deleted 1.\n"
    assert len(waiting(site)) == 1
    assert message in site.ids("--account", "work", "--folder", "trash")


def test_an_act_is_undone_by_its_number(site: Site):
    first, second = work_inbox(site)[:2]
    site("archive", first)
    act = site("journal", "--json").objects[0]["act"]
    site("archive", second)
    assert site("undo", str(act)).code == 0
    assert first in work_inbox(site) and second not in work_inbox(site)
    assert site("undo", 4711).code == 7


def test_moving_goes_by_path_or_role_within_the_account(site: Site):
    message = work_inbox(site)[0]
    assert site("move", message, "Projects/Đường bay mới").code == 0
    assert message in site.ids("--account", "work", "--folder", "Projects/Đường bay mới")
    assert site("move", message, "inbox").code == 0
    assert site("move", message, "nowhere").code == 7


def test_an_unknown_message_stops_the_whole_act(site: Site):
    message = work_inbox(site)[0]
    done = site("archive", message, 99999)
    assert done.code == 7
    assert "99999" in done.err
    assert message in work_inbox(site)


def test_an_operation_that_waits_can_be_dropped(site: Site):
    message = work_inbox(site)[0]
    site("delete", message)
    (entry,) = waiting(site)
    assert site("journal", "retry", str(entry["operation"])).code == 2
    assert site("journal", "drop", str(entry["operation"])).code == 0
    assert message in work_inbox(site)
    assert site("journal", "drop", 99999).code == 7


def test_mail_of_a_pop3_account_is_archived_here_alone(site: Site):
    message = site.ids("--account", "old")[0]
    site.unplug()
    assert site("archive", message).code == 0
    assert waiting(site) == []
    assert message in site.ids("--account", "old", "--folder", "archive")


def test_nothing_to_undo_is_exit_7(call: Call):
    assert call("undo").code == 7


def labels(site: Site, message: int) -> object:
    (shown,) = site("show", message, "--json").objects
    return shown["labels"]


def test_labels_come_and_go_by_sign_and_reach_the_server(site: Site):
    first, second = work_inbox(site)[:2]
    before = labels(site, first)
    assert isinstance(before, list)
    done = site("label", first, second, "+Urgent", "+h")
    assert (done.code, done.out) == (0, "Labelled 2 with h, urgent.\n")
    assert labels(site, first) == sorted([*before, "h", "urgent"])
    (entry, _) = waiting(site)
    assert (entry["add_labels"], entry["remove_labels"]) == (["h", "urgent"], [])
    assert "+h +urgent" in site("journal").out
    done = site("label", "-h", "-urgent", first, "+todo")
    assert (done.code, done.out) == (0, "Changed the labels of 1.\n")
    assert labels(site, first) == sorted([*before, "todo"])
    assert {one["id"] for one in site("search", "label:todo", "--json").objects} == {first}
    assert site("undo").code == site("undo").code == 0
    assert labels(site, first) == before
    assert waiting(site) == []


def test_a_label_is_sent_at_once_when_that_is_asked_for(site: Site):
    message = work_inbox(site)[3]
    done = site("label", message, "+sent", "--now")
    assert (done.code, done.out) == (0, "Labelled 1 with sent.\n")
    assert "sent" in labels(site, message)
    assert waiting(site) == []


def test_a_label_that_is_none_and_arguments_that_mean_nothing_are_refused(site: Site):
    message = work_inbox(site)[0]
    assert site("label", message, "+a(b").code == 2
    assert site("label", message).code == 2
    assert site("label", "+x").code == 2
    assert site("label", message, "x").code == 2
    assert site("label", 99999, "+x").code == 7
    assert waiting(site) == []
    assert site("label", "--help").code == 0
    assert site("label", "-h").out == site("label", "--help").out


def test_a_copy_leaves_the_message_where_it_is(site: Site):
    message = work_inbox(site)[0]
    archive = site.ids("--account", "work", "--folder", "archive")
    done = site("copy", message, "archive", "--now")
    assert (done.code, done.out) == (0, "Copied 1 to Archive.\n")
    assert message in work_inbox(site)
    (made,) = set(site.ids("--account", "work", "--folder", "archive")) - set(archive)
    (one,), (other,) = site("show", message, "--json").objects, site("show", made, "--json").objects
    assert one["message_id"] == other["message_id"]
    assert site("copy", message, "nowhere").code == 7
    assert site("undo", "--now").code == 0
    assert site.ids("--account", "work", "--folder", "archive") == archive


def test_mail_of_a_pop3_account_is_labelled_and_copied_here_alone(site: Site):
    message = site.ids("--account", "old")[0]
    site.unplug()
    assert site("label", message, "+home").code == 0
    assert site("copy", message, "trash").code == 0
    assert waiting(site) == []
    (made,) = site.ids("--account", "old", "--folder", "trash")
    assert labels(site, made) == labels(site, message) == ["home"]
