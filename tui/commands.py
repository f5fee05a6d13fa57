"""Every command of the screen once, as data: bindings, palette, help and the README's key table come from here."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Literal

Pane = Literal["list", "reader", "folders"]
Situation = Literal["list", "tree", "reader", "conversation", "folders", "selecting"]
"""Where the focus is: `tree` is a list that shows threads, `conversation` a reader that shows a whole thread.

`selecting` is a reader in which text is selected by keys.
"""
Context = Literal["list", "tree", "reader", "conversation", "folders", "selecting", "mail", "global"]
"""Where a command's keys work: in one situation, with a message in front (`mail`: list and reader), or anywhere."""

LAYERS: Mapping[Situation, tuple[Context, ...]] = {
    "list": ("list", "mail", "global"),
    "tree": ("tree", "list", "mail", "global"),
    "reader": ("reader", "mail", "global"),
    "conversation": ("conversation", "reader", "mail", "global"),
    "folders": ("folders", "global"),
    "selecting": ("selecting", "global"),
}
"""Whose keys hold in a situation; where two have the same key, the one that comes first here has it."""
COVERING: Context = "selecting"
"""A situation of a moment, whose keys go before anybody's own and before longer ones that begin with them."""


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a person can ask for.  Keys are spelled as in the configuration: `e`, `Ctrl+D`, `g i`."""

    id: str
    title: str
    keys: tuple[str, ...]
    help: str
    context: Context = "global"
    destructive: bool = False
    """Whether it changes mail: such keys wait until the screen has stood for a moment."""


_NUMBERS = tuple(f"g {number}" for number in range(1, 10))

GROUPS: Mapping[str, tuple[Command, ...]] = {
    "Moving": (
        Command("down", "Next line", ("j", "Down"), "One message, folder or line down; 5j: five."),
        Command("up", "Previous line", ("k", "Up"), "One message, folder or line up."),
        Command("page-down", "Page down", ("PgDn",), "One page down."),
        Command("page-up", "Page up", ("PgUp",), "One page up."),
        Command("half-page-down", "Half a page down", ("Ctrl+D",), "Half a page down."),
        Command("half-page-up", "Half a page up", ("Ctrl+U",), "Half a page up."),
        Command("top", "To the top", ("g g", "Home"), "The newest message, or the first line; 12gg: the twelfth."),
        Command("bottom", "To the bottom", ("G", "End"), "The oldest message, or the last line; 12G: the twelfth."),
        Command("next-unread", "Next unread", ("Tab",), "The next unread message; at the end the next folder's."),
        Command("previous-unread", "Previous unread", ("Shift+Tab",), "The next unread message above."),
        Command("next-pane", "Next pane", ("Ctrl+W",), "Folders, list, message in turn."),
    ),
    "Opening and going back": (
        Command("open", "Open message", ("Enter", "o", "Right"), "Read the message; marks it read.", "list"),
        Command("to-folders", "Show folders", ("Left", "h"), "Go to the folders.", "list"),
        Command("page-or-next", "Read on", ("Space",), "One page down, at the end the next unread message.", "reader"),
        Command("next-message", "Next message", ("n",), "The next hit of a search, else the message below.", "reader"),
        Command("previous-message", "Previous message", ("p",), "The message above this one.", "reader"),
        Command("back", "Back", ("Escape", "Left", "h"), "Back to the list.", "reader"),
        Command("close-search", "Leave the search", ("Escape",), "Back from search results to the folder.", "list"),
        Command("quit-or-back", "Back, or quit", ("q",), "From a message back to the list; from the list, quit."),
        Command("quit", "Quit", ("Ctrl+Q",), "Leave bocau.  Nothing is lost: what waits is sent next time."),
    ),
    "Reading": (
        Command("form", "HTML or plain text", ("g h",), "The other form of the message, where it has both.", "reader"),
        Command("headers", "All headers", ("H",), "Every header of the message, or the usual ones.", "reader"),
        Command("quotes", "Quotes", ("Q",), "Show what was folded of quotes, or fold it again.", "reader"),
        Command("next-part", "Next part", ("]",), "The next text, enclosed message or list of links.", "reader"),
        Command("previous-part", "Previous part", ("[",), "The part before this one.", "reader"),
        Command("source", "Source", ("g r",), "The message as it was received; again: as a message.", "reader"),
    ),
    "Threads": (
        Command("threads", "Threads or single messages", ("T",), "What belongs together as a tree, or not.", "list"),
        Command("fold-thread", "Fold or unfold", ("o",), "One row for the thread, or all its messages.", "tree"),
        Command("fold-threads", "Fold or unfold all", (";",), "One row for each thread, or all messages.", "tree"),
        Command("next-thread", "Next thread", ("}",), "The first message of the thread below.", "tree"),
        Command("previous-thread", "Previous thread", ("{",), "The first message of the thread above.", "tree"),
        Command("conversation", "Whole thread or one message", ("T",), "Read a thread together, or not.", "reader"),
        Command("next-in-thread", "Next of the thread", ("n",), "The one below, then the next row.", "conversation"),
        Command("previous-in-thread", "Previous of the thread", ("p",), "The message above.", "conversation"),
        Command("next-conversation", "Next thread", ("}",), "What follows this thread.", "conversation"),
        Command("previous-conversation", "Previous thread", ("{",), "What comes before it.", "conversation"),
        Command("fold-message", "Fold or open", ("Enter", "o"), "Fold it to one line, or open it.", "conversation"),
    ),
    "Picking messages": (
        Command("select", "Select", ("x", "t"), "Pick the message for the next act, or no longer; 3x: three.", "list"),
        Command("select-next", "Select and go on", ("Space",), "Pick it, and go to the next one.", "list"),
        Command("select-range", "Select a range", ("V",), "Moving picks from here on; V again or Esc ends it.", "list"),
        Command("select-all", "Select all", ("* a",), "Pick all messages of the list.", "list"),
        Command("select-none", "Select none", ("* n",), "Pick nothing.", "list"),
        Command("select-unread", "Select unread", ("* u",), "Pick what is unread.", "list"),
        Command("select-read", "Select read", ("* r",), "Pick what is read.", "list"),
        Command("select-starred", "Select starred", ("* s",), "Pick what has a star.", "list"),
    ),
    "Changing mail": (
        Command("archive", "Archive", ("e",), "Move to the archive; z takes it back.", "mail", True),
        Command("delete", "Delete", ("d", "#", "Del"), "Move to the trash; in the trash, for good.", "mail", True),
        Command("delete-thread", "Delete thread", ("Alt+D",), "The whole thread into the trash.", "mail", True),
        Command("star", "Star", ("s", "F"), "Put a star on it, or take it off.", "mail", True),
        Command("mark-read", "Mark read", ("I",), "Mark it read.", "mail", True),
        Command("mark-unread", "Mark unread", ("U",), "Mark it unread.", "mail", True),
        Command("toggle-read", "Read or unread", ("M",), "Mark it read, or unread when it is read.", "mail", True),
        Command("move", "Move", ("v",), "Move to a folder of any account.", "mail", True),
        Command("copy", "Copy", ("C",), "Copy into a folder of any account.", "mail", True),
        Command("label", "Label", ("l",), "Put labels on it, or take them off.", "mail", True),
        Command("junk", "Junk", ("!",), "Into the junk folder; from there back to the inbox.", "mail", True),
        Command("mute", "Mute", ("g m",), "Archive the thread now and later, or no longer.", "mail", True),
        Command("keep", "Keep here", ("P",), "Keep it on this disk whole, or no longer; or a folder.", "global", True),
        Command("repeat", "Repeat", (".",), "The last thing again, on this message.", "mail", True),
        Command("undo", "Undo", ("z", "u"), "Take back the last thing you did.", "global", True),
        Command("redo", "Redo", ("Ctrl+R",), "Do again what was taken back.", "global", True),
        Command("history", "History", ("g z",), "What was done, what waits, what was refused; undo any of it."),
    ),
    "Links": (
        Command("links", "Links", ("g x",), "The links of the message, where they lead; 3gx opens the third.", "mail"),
        Command("open-in-browser", "Open in a browser", ("g b",), "As a page that runs and loads nothing.", "mail"),
        Command("open-with-images", "Open with its pictures", ("g B",), "As a page, pictures loaded; asks.", "mail"),
        Command("unsubscribe", "Unsubscribe", ("D",), "Leave a mailing list; asks, and tells how.", "mail"),
    ),
    "Copying": (
        Command("copy-link", "Copy a link", ("y y",), "The first link, or 3yy the third, to the clipboard.", "mail"),
        Command("copy-address", "Copy the address", ("y a",), "The sender's address, to the clipboard.", "mail"),
        Command("copy-message-id", "Copy the Message-ID", ("y m",), "Its Message-ID, to the clipboard.", "mail"),
        Command("copy-text", "Copy the text", ("y t",), "What is selected, else the text of the message.", "mail"),
        Command("mouse", "Mouse on or off", ("y s",), "Let the terminal select text with the mouse, or click here."),
    ),
    "Selecting text": (
        Command("select-text", "Select text", ("V",), "A cursor to select text with.", "reader"),
        Command("mark-here", "Select from here", ("v", "Space"), "From here to where you go.", "selecting"),
        Command("mark-lines", "Select lines", ("V",), "Whole lines, from here to where you go.", "selecting"),
        Command("left", "Left", ("h", "Left"), "One character to the left.", "selecting"),
        Command("right", "Right", ("l", "Right"), "One character to the right.", "selecting"),
        Command("next-word", "Next word", ("w",), "To the next word; 3w: the third.", "selecting"),
        Command("previous-word", "Previous word", ("b",), "To the word before.", "selecting"),
        Command("word-end", "End of the word", ("e",), "To the end of the word.", "selecting"),
        Command("line-start", "Start of the line", ("^", "Home"), "To the first letter of the line.", "selecting"),
        Command("line-end", "End of the line", ("$", "End"), "To the last letter of the line.", "selecting"),
        Command("other-end", "Other end", ("o",), "To the other end of what is selected.", "selecting"),
        Command("copy-selected", "Copy and end", ("y", "Enter"), "What is selected, or the line.", "selecting"),
        Command("stop-selecting", "Stop selecting", ("Escape", "q"), "Back to reading.", "selecting"),
    ),
    "Attachments": (
        Command("parts", "Parts and attachments", ("A",), "What is attached: save, open, view or pipe it."),
        Command("pictures", "Pictures", ("g v",), "The pictures of the message, one by one: n and p.", "mail"),
        Command("pipe", "Give to a command", ("|",), "The whole message, to a command that you type.", "mail"),
        Command("stop-saving", "Stop saving", ("X",), "Stop saving, exporting or importing; what is here stays."),
    ),
    "Places": (
        Command("go-unified", "All inboxes", ("g 0",), "The inboxes of all accounts in one list."),
        Command("go-inbox", "Inbox", ("g i",), "The inbox."),
        Command("go-starred", "Starred", ("g *",), "What has a star, in all folders but trash and junk."),
        Command("go-sent", "Sent", ("g s",), "What you sent."),
        Command("go-trash", "Trash", ("g t",), "The trash."),
        Command("go-drafts", "Drafts", ("g d",), "The drafts."),
        Command("go-archive", "Archive folder", ("g a",), "The archive."),
        Command("go-junk", "Junk folder", ("g j",), "What was taken for junk."),
        Command("go-all", "All mail", ("g A",), "All mail, where the server has such a folder."),
        Command("go-folder", "Go to a folder", ("g f",), "Any folder or place, by a few letters of its path."),
        Command("go-unread", "Next unread folder", ("g u",), "The next folder that has unread mail."),
        Command("go-label", "Messages with a label", ("g l",), "What has a label; any that is in use."),
        Command("go-account", "Account inbox", _NUMBERS, "The inbox of the first, second … account."),
        Command("next-folder", "Next folder", ("J",), "Open the next folder; 3J: the third from here."),
        Command("previous-folder", "Previous folder", ("K",), "Open the previous folder."),
    ),
    "Searching": (
        Command("search", "Search", ("/",), "All mail on this disk, results as you type; in a message its text."),
        Command("filter", "Filter this list", ("\\",), "Show of this list only what matches a query; Esc ends it."),
        Command("search-all", "Search everything", (), "As Search, from inside a message too."),
        Command("previous-hit", "Hit before", ("N", "Shift+F3"), "The hit before this one, in the message.", "reader"),
        Command("next-hit", "Next result", ("n", "F3"), "One result down.", "list"),
        Command("last-hit", "Result before", ("N", "Shift+F3"), "One result up.", "list"),
        Command("save-search", "Save this search", ("g S",), "Keep the search, or the filter, as a folder."),
        Command("rename-search", "Rename this saved search", (), "Give a saved search another name."),
        Command("remove-search", "Remove this saved search", (), "Forget a saved search; its mail stays."),
    ),
    "Folders": (
        Command("open-folder", "Open folder", ("Enter", "o"), "Show the folder's messages.", "folders"),
        Command("fold-folder", "Fold or unfold", ("Space",), "Hide or show what is inside.", "folders"),
        Command("fold-away", "Fold, or go up", ("Left", "h"), "Hide what is inside, or go above.", "folders"),
        Command("unfold-or-open", "Unfold, or open", ("Right", "l"), "Show what is inside, or the mail.", "folders"),
        Command("fold-all-folders", "Fold all", (";",), "Hide the inside of all folders, or show it.", "folders"),
        Command("leave-folders", "Back to the list", ("Escape",), "Back to the list.", "folders"),
        Command("new-folder", "New folder", (), "Create a folder in this account."),
        Command("rename-folder", "Rename folder", (), "Give this folder another name or another place."),
        Command("delete-folder", "Delete folder", (), "Delete this folder and the mail in it, after a question."),
        Command("subscribe-folder", "Subscribe to folder, or not", (), "Let other programs show or hide this folder."),
        Command("keep-folder", "Keep folder here", (), "Keep all in it on this disk, now and later, or no longer."),
    ),
    "Program": (
        Command("suspend", "Suspend", ("Ctrl+Z",), "Back to the shell; fg comes back here."),
        Command("redraw", "Draw the screen again", ("Ctrl+L",), "When another program has written over it."),
        Command("stop", "Stop", ("Ctrl+C",), "Stop saving, exporting or importing; what is here stays."),
        Command("status", "Status", ("g !",), "How every account is: what it does, what waits, what went wrong."),
        Command("sync", "Fetch mail now", ("$", "F5"), "Ask every server for new mail, and send what waits."),
        Command("usage", "What is on this disk", (), "How much each account uses, and how much mail is here whole."),
        Command("export-folder", "Export this folder …", (), "Write what is shown into an mbox, Maildir or eml files."),
        Command("import-mail", "Import …", (), "Bring mail in from an mbox, a Maildir or eml files."),
        Command("add-account", "Add an account", (), "Set up another mail account."),
        Command("theme", "Change the colours", (), "The next colour theme, after a restart too."),
        Command("layout", "Change the layout", ("w",), "Message beside the list, below it, or one pane at a time."),
        Command("folder-pane", "Show or hide the folders", ("W",), "The folders beside the list, or hidden."),
        Command("density", "One line a message, or two", (), "Who and when above, what below; or all in one line."),
        Command("picture", "Save a picture of the screen", (), "Write the screen as an SVG file into this folder."),
        Command("palette", "All commands", ("Ctrl+P", ":", "Ctrl+K"), "Find a command, a folder or a setting by name."),
        Command("help", "Keys", ("?", "F1"), "What every key does here."),
        Command("what-key", "What a key does", ("g ?",), "Press any key: what it does, and who says so."),
        Command("keys", "Other keys", (), "The keys of mutt, Gmail, Thunderbird or bocau itself, after a restart too."),
    ),
}  # fmt: skip
"""Heading of the help -> its commands, in the order in which they are told."""

COMMANDS: tuple[Command, ...] = tuple(chain.from_iterable(GROUPS.values()))


def command(id: str) -> Command:
    """The command of that id; raises KeyError."""
    return _BY_ID[id]


_BY_ID = {one.id: one for one in COMMANDS}
