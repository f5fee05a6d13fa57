"""Where one can go by a few letters: every place and folder of all accounts, those that were opened last first."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from protocols.mime.safe import SafeText, line
from store.model import Account, AccountId, Folder, FolderId, Role
from tui.fuzzy import Choice, Finder, Name, name_of
from tui.place import Place, of_folder, place_title

_Facts = tuple[FolderId, AccountId, str, Role | None]
"""What the name of a folder is made of."""


def places(
    accounts: Sequence[Account], folders: Sequence[Folder], lately: Sequence[FolderId], others: Sequence[Place]
) -> Finder[Place]:
    """The folders, those opened `lately` first, behind them `others`: what joins accounts, and saved searches."""
    facts = tuple((one.id, one.account, one.path, one.role) for one in folders if one.selectable)
    made = _made(tuple(accounts), facts)
    first = [one for one in lately if one in made]
    ordered = [made[one] for one in dict.fromkeys((*first, *made))]
    joined = [(choice, name_of(choice)) for choice in (Choice(place.title, place) for place in others)]
    ordered[len(first) : len(first)] = joined
    return Finder([choice for choice, _ in ordered], [name for _, name in ordered])


@lru_cache(maxsize=2)
def _made(accounts: tuple[Account, ...], facts: tuple[_Facts, ...]) -> Mapping[FolderId, tuple[Choice[Place], Name]]:
    """A choice for each folder, and its folded name; kept, because counters change and names hardly ever do."""
    owners = {account.id: account for account in accounts}
    made = {}
    for id, owner, path, role in facts:
        if (account := owners.get(owner)) is not None:
            folder = Folder(id, owner, path, role, True, 0, 0, None)
            choice = Choice(named(folder, account, len(owners)), of_folder(folder, account))
            made[id] = choice, name_of(choice)
    return made


def named(folder: Folder, account: Account, accounts: int) -> SafeText:
    """A folder for pickers, with its account where there are several."""
    return place_title(folder) if accounts < 2 else line(f"{account.name}: {place_title(folder)}", 300)
