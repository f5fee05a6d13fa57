"""What the mail screen says of the store and the accounts: folder pane, heading, status line."""

from tui import empty, format
from tui.commands import command
from tui.screens.mail_terminal import MailTerminal
from tui.widgets.folder_tree import entries
from tui.widgets.status_line import status_text, troubles


class MailTelling(MailTerminal):
    """Mixed into MailScreen."""

    def tell(self) -> None:
        """Bring folder pane, heading and status line up to date with the catalog."""
        catalog, place = self.catalog, self.place
        statuses = self.bocau.store.status.accounts
        marks, joined, stars = troubles(statuses), catalog.unified(), catalog.stars()
        rows = entries(catalog.accounts, catalog.folders, marks, joined, stars, catalog.kept, self.used)
        self.folders.show(rows, place)
        self.messages.make_room(doubled=bool(catalog.twice))
        self.messages.explain(empty.sentences(catalog, place, statuses))
        total, unread = (self.messages.count, 0) if place.query or place.starred else catalog.counts(place)
        detail = f"{unread:,} unread of {total:,}" if unread else format.count(total, "message")
        account = f" · {place.account}" if place.account and len(catalog.accounts) > 1 else ""
        self.heading.show(f"{place.title}{account}", detail)
        names = [account.name for account in catalog.accounts]
        waiting = sum(catalog.waiting.values())
        store, told = self.bocau.store.status.store, self.saving.is_running
        self.status.show(status_text(names, statuses, waiting, self.act, self._keys(), store, told=told))

    def _keys(self) -> list[str]:
        wanted = {
            "list": ("open", "archive", "delete", "search", "help"),
            "reader": ("back", "archive", "delete", "help"),
            "folders": ("open-folder", "leave-folders", "help"),
        }[self.pane]
        told = ((self.bocau.keymap.keys(id)[0], command(id).title.split(",")[0].split()[0].lower()) for id in wanted)
        return [f"{'Esc' if key == 'Escape' else key} {word}" for key, word in told]
