"""What the mail screen says of the store and the accounts: folder pane, heading, status line."""

from tui import empty, format
from tui.commands import command
from tui.screens.mail_terminal import MailTerminal
from tui.widgets.status_line import status_text


class MailTelling(MailTerminal):
    """Mixed into MailScreen."""

    def tell(self) -> None:
        """Bring folder pane, heading and status line up to date with the catalog."""
        catalog, place = self.catalog, self.place
        statuses = self.bocau.store.status.accounts
        self.end_asking()
        self.tell_folders()
        self.name_folders()
        self.messages.make_room(doubled=bool(catalog.twice))
        self.messages.explain(empty.sentences(catalog, place, statuses))
        if place.is_counted:
            total, unread = catalog.counts(place)
            detail = f"{unread:,} unread of {total:,}" if unread else format.count(total, "message")
        else:
            detail = self.result_detail()
        self.told_of_picked = self.picked
        if picked := self.told_of_picked:
            detail = f"{picked} · {detail}"
        account = f" · {place.account}" if place.account and len(catalog.accounts) > 1 else ""
        self.heading.show(f"{place.heading}{account}", detail)
        names = [account.name for account in catalog.accounts]
        waiting = sum(catalog.waiting.values())
        store, told = self.bocau.store.status.store, self.saving.is_running
        terminal = self.bocau.terminal
        mouse = terminal is None or terminal.mouse
        keys = [] if self.bar.is_open else self._keys()  # what is typed goes into the line
        self.status.show(status_text(names, statuses, waiting, self.act, keys, store, told=told, mouse=mouse))

    def _keys(self) -> list[str]:
        wanted = {
            "list": ("open", "archive", "delete", "search", "help"),
            "reader": ("back", "archive", "delete", "help"),
            "folders": ("open-folder", "leave-folders", "help"),
        }[self.pane]
        keys = [(next(iter(self.bocau.keymap.keys(id)), ""), command(id)) for id in wanted]
        told = [(key, one.title.split(",")[0].split()[0].lower()) for key, one in keys if key]
        return [f"{'Esc' if key == 'Escape' else key} {word}" for key, word in told]
