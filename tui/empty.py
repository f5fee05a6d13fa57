"""What a list without messages says: that there are none, that they are on their way, or what keeps them away."""

from collections.abc import Mapping

from protocols.mime.safe import SafeText, line
from store.model import Account, Role
from store.status import AccountStatus, Activity
from tui import format
from tui.catalog import Catalog
from tui.place import Place

_NOTHING = {
    Role.INBOX: "Nothing here. Mail that arrives shows at once.",
    Role.TRASH: "Nothing here. What you delete comes here first.",
    Role.ARCHIVE: "Nothing here. What you archive (e) comes here.",
    Role.SENT: "Nothing here yet.",
    Role.DRAFTS: "No drafts.",
    Role.JUNK: "No junk.",
}
_AGAIN = "$ tries now."


def sentences(catalog: Catalog, place: Place, statuses: Mapping[str, AccountStatus]) -> list[SafeText]:
    """What is said where a place shows nothing, a paragraph each; never empty."""
    if place.filter:
        return [SafeText("Nothing here matches. Esc shows everything again.")]
    if place.saved:
        return [SafeText("Nothing matches now. What comes to match shows here.")]
    if place.query:
        return [SafeText("Nothing found. Esc goes back.")]
    if not catalog.accounts:
        return [SafeText("No account yet. Ctrl+P, then Add an account.")]
    if place.starred:
        return [SafeText("Nothing has a star. s gives one.")]
    told, coming = [], False
    for account in catalog.behind(place):
        first = catalog.is_awaited(place, account)
        sentence = _account(account, statuses.get(account.name, AccountStatus()), first=first)
        if sentence is not None:
            told.append(sentence)
            coming = coming or first
    if coming:
        return told
    nothing = _NOTHING.get(place.role, "Nothing here.") if place.role else "Nothing here."
    # mail that arrives does not show at once while nobody can be asked for it
    return [SafeText("Nothing here."), *told] if told else [SafeText(nothing)]


def _account(account: Account, status: AccountStatus, *, first: bool) -> SafeText | None:
    """What an account does about its mail; None when there is nothing to say."""
    name = line(account.name, 30)
    match status.activity:
        case Activity.WAITING:
            when = f" Next try at {format.clock(status.retry_at)};" if status.retry_at is not None else ""
            return line(f"{name}: {status.error or 'No connection.'}{when} {_AGAIN}", 400)
        case Activity.REFUSED:
            return line(f"{name}: {status.error or 'The server refused.'} {status.hint} {_AGAIN}", 500)
        case Activity.OFFLINE:  # another process may be the one that fetches
            return None
        case _ if not first:
            return None
        case Activity.CONNECTING:
            return SafeText(f"{name}: connecting for the first time …")
        case _:
            return SafeText(f"{name}: the first mail is on its way …")
