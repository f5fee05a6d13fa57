"""Commands of the mail screen that follow links, show a message in a browser, leave lists: `do_` and the id."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from protocols.errors import ProtocolError
from protocols.mime.safe import SafeText, line
from store.model import Summary
from tui import copying, opening
from tui.on_disk import first_on_disk
from tui.reading import sentence
from tui.screens.mail_viewing import MailViewing

if TYPE_CHECKING:
    from protocols.mime.blocks import Link
    from protocols.mime.parse import Message
    from protocols.unsubscribing.ways import Way
    from tui.screens.links import Wish


class MailLinks(MailViewing):
    """Mixed into MailScreen."""

    # links

    def do_links(self) -> None:
        """List the links of the message, or open the one of the number typed before."""
        summary = self.acting.target
        if summary is not None:
            self.work(partial(self._list_links, summary, self.count), "links")

    async def _list_links(self, summary: Summary, number: int) -> None:
        links = await self._links_of(summary)
        if links is None:
            return
        if not links:
            self.say(SafeText("There are no links in this message."))
        elif number > len(links):
            self.say(SafeText(f"There is no link {number} in this message."))
        elif number:
            self.follow_link(links[number - 1])
        else:
            self._ask_link(links)

    async def _links_of(self, summary: Summary) -> "Sequence[Link] | None":
        """As the reader numbers them; None when the message cannot be had."""
        reading = self.view.reading
        if reading is not None and reading.summary.id == summary.id and reading.document is not None:
            return reading.document.links
        message = await self._message_of(summary)
        if message is None:
            return None
        from protocols.mime.read import message_document

        found = await asyncio.to_thread(message_document, message, lay_out=self.bocau.showing.lay_out)
        return found.links

    async def _message_of(self, summary: Summary) -> "Message | None":
        return await self.saving.message(await first_on_disk(self.bocau.store, summary.own))

    def _ask_link(self, links: "Sequence[Link]") -> None:
        from tui.screens.links import Links

        def chosen(answer: "tuple[Wish, int] | None") -> None:
            if answer is None:
                return
            wish, number = answer
            if wish == "copy":
                self.copy_link(links[number])
            else:
                self.follow_link(links[number])

        self.bocau.ask(Links(links), chosen)

    def copy_link(self, link: "Link") -> None:
        """Its address, of a mailto the bare one, into the clipboard."""
        self.say(self._copied(_address(link.url) if link.url.startswith("mailto:") else link.url, "the link"))

    def _copied(self, text: str, what: str) -> SafeText:
        terminal = self.bocau.terminal
        return copying.copy(text, what, None if terminal is None else terminal.write)

    def follow_link(self, link: "Link") -> None:
        """Open a link, after a question when it lies about where it leads, or when it is an address to write to."""
        from protocols.mime.deceit import link_warning
        from tui.screens.confirm import Confirm

        def agreed(yes: bool | None) -> None:
            if yes:
                self._open_link(link.url)

        def wanted(yes: bool | None) -> None:
            if yes:
                self.copy_link(link)

        if link.url.startswith("mailto:"):
            told = "Nothing can be written here yet; the address can be copied."
            self.bocau.ask(Confirm(line(f"Write to {_address(link.url)}?", 200), told, "Copy the address"), wanted)
        elif link.suspicious:
            self.bocau.ask(
                Confirm(line(f"Open {link.host}?", 200), f"{link_warning(link)}\n\n{link.url}", "Open"), agreed
            )
        else:
            self._open_link(link.url)

    def _open_link(self, url: SafeText) -> None:
        command = opening.browser(self.bocau.settings.general.open_with)
        if command is None:
            self.say(line(f"No browser can be shown here. {self._copied(url, 'the link')}", 300))
        else:
            self.work(partial(self.start, command, url, SafeText("the link")), "opening", exclusive=False)

    # in a browser

    def do_open_in_browser(self) -> None:
        """The message as a page that loads nothing."""
        self._ask_browser(remote=False)

    def do_open_with_images(self) -> None:
        """The same, with pictures from the network, after a question."""
        from tui.screens.confirm import Confirm

        def agreed(yes: bool | None) -> None:
            if yes:
                self._ask_browser(remote=True)

        told = "The servers that have them learn that you read this message, when, and from where."
        if self.acting.target is not None:
            self.bocau.ask(Confirm("Load the pictures of this message from the network?", told, "Load them"), agreed)

    def _ask_browser(self, *, remote: bool) -> None:
        summary = self.acting.target
        if summary is not None:
            self.work(partial(self._show_in_browser, summary, remote), "opening", exclusive=False)

    async def _show_in_browser(self, summary: Summary, remote: bool) -> None:
        from protocols.mime.page import page

        command = opening.browser(self.bocau.settings.general.open_with)
        if command is None:
            self.say(SafeText("No browser can be shown here."))
            return
        message = await self._message_of(summary)
        if message is None:
            return
        text = await asyncio.to_thread(page, message, title=line(summary.subject, 200), remote=remote)
        if text is None:
            self.say(SafeText("This message has no HTML that a browser could show."))
            return
        content = text.encode("utf-8", "replace")
        file = await asyncio.to_thread(self.bocau.private.write, "message.html", content)
        await self.start(command, file.as_uri(), SafeText("the message"))

    # leaving a list

    def do_unsubscribe(self) -> None:
        """Show how the list of the message can be left; nothing happens before one way is chosen."""
        summary = self.acting.target
        if summary is not None:
            self.work(partial(self._ask_way, summary), "ways")

    async def _ask_way(self, summary: Summary) -> None:
        from protocols.unsubscribing.ways import ways
        from tui.screens.ways_out import WaysOut

        message = await self._message_of(summary)
        if message is None:
            return
        found = ways(message.fields)
        if not found:
            self.say(SafeText("This message names no way to unsubscribe."))
            return
        whose = line(summary.sender.address or summary.sender.name, 100) or SafeText("this sender")
        self.bocau.ask(WaysOut(whose, found), self._go_way)

    def _go_way(self, way: "Way | None") -> None:
        from protocols.unsubscribing.ways import Method

        if way is None:
            return
        if way.method is Method.POST:
            self.work(partial(self._unsubscribe, way), "unsubscribing", exclusive=False)
        elif way.method is Method.PAGE:
            self._open_link(way.target)
        else:
            copied = self._copied(_address(way.target), "the address")
            self.say(line(f"Nothing can be written here yet. {copied}", 300))

    async def _unsubscribe(self, way: "Way") -> None:
        from protocols.unsubscribing.post import post

        self.say(line(f"Telling {way.host} to send no more …", 200))
        try:
            await post(way.target)
        except (ProtocolError, OSError) as error:
            self.say(SafeText(""))
            self.fail(sentence(error))
        else:
            self.say(line(f"{way.host} has taken you off the list, it says.", 200))


def _address(url: SafeText) -> SafeText:
    """Who a mailto is for."""
    return SafeText(url.removeprefix("mailto:").partition("?")[0])
