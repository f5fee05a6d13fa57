"""Commands of the mail screen that fold and unfold the trees of the folder pane: `do_` and the command's id."""

from functools import partial

from tui.folder_choices import remember_folds
from tui.folder_rows import Folds, Key, entries
from tui.screens.mail_triage import MailTriage
from tui.widgets.folder_tree import FolderTree
from tui.widgets.status_line import account_signs


class MailTree(MailTriage):
    """Mixed into MailScreen."""

    _folds: Folds | None = None

    @property
    def folds(self) -> Folds:
        """What was folded or unfolded by hand: as it was remembered, until something is here."""
        return self.catalog.folds if self._folds is None else self._folds

    def tell_folders(self) -> None:
        """Bring the folder pane up to date with the catalog."""
        catalog = self.catalog
        rows = entries(
            catalog.accounts,
            catalog.nodes,
            signs=account_signs(self.bocau.store.status.accounts),
            unified=catalog.unified(),
            totals={**catalog.totals, **self.saved_totals()},
            stars=catalog.stars(),
            searches=self.saved_searches(),
            used=self.used,
            folds=self.folds,
        )
        self.folders.show(rows, self.place)

    def fold(self, keys: list[Key], *, fold: bool) -> None:
        """Fold or unfold some folders, and remember that."""
        if keys:
            self._folds = {**self.folds, **dict.fromkeys(keys, fold)}
            self.tell_folders()
            self.work(partial(self._remember, self._folds), "folds", exclusive=False)

    async def _remember(self, folds: Folds) -> None:
        await self.bocau.store.write(lambda tx: remember_folds(tx, folds))

    def do_fold_folder(self) -> None:
        """Fold what is inside the folder, or unfold it."""
        entry = self.folders.entry
        if entry is not None and entry.key is not None:
            self.fold([entry.key], fold=not entry.folded)

    def do_fold_away(self) -> None:
        """Fold the folder; where there is nothing to fold go to the one above; from an account's top fold it all."""
        entry = self.folders.entry
        if entry is None:
            return
        if entry.key is not None and not entry.folded:
            self.fold([entry.key], fold=True)
            return
        row = self.folders.row_above()
        if row is None:
            return
        key = self.folders.entry_at(row).key
        if key is not None and not key[1]:
            self.fold([key], fold=True)
        self.folders.move_to(row)

    def do_unfold_or_open(self) -> None:
        """Unfold what is inside the folder; where nothing is folded, show its messages."""
        entry = self.folders.entry
        if entry is not None and entry.key is not None and entry.folded:
            self.fold([entry.key], fold=False)
        elif entry is not None and entry.place is not None:
            self.visit(entry.place)

    def do_fold_all_folders(self) -> None:
        """Fold every tree; when all are folded, unfold them."""
        shown = [one for one in self.folders.entries if one.key is not None and one.key[1]]
        fold = any(not one.folded for one in shown)
        self.fold([one.key for one in shown if one.key is not None], fold=fold)

    def on_folder_tree_folded(self, event: FolderTree.Folded) -> None:
        """A click in the folder pane."""
        self.fold([event.key], fold=event.fold)
