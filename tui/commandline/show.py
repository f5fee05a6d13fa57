"""`show`: one message as the reader shows it, its exact bytes, its headers, or one of its parts."""

import asyncio
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from protocols.layout import Layout
from protocols.mime.blocks import Document, Link
from protocols.mime.deceit import link_warning
from protocols.mime.parse import Message
from protocols.mime.part import Part
from protocols.mime.read import message_document
from protocols.mime.safe import line
from protocols.mime.versions import NONE
from store import bodies
from store import listing as lists
from store.errors import NotFound
from store.mailstore import MailStore
from store.model import Address, MessageId, Summary
from store.parts import READABLE
from store.paths import file_error
from store.settings import Settings
from tui import format
from tui.background import NOTHING, Background, background
from tui.commandline import output
from tui.commandline.objects import message_object, read_names, shown_lines
from tui.commandline.progress import progress
from tui.commandline.session import run, session, worker
from tui.on_disk import message_on_disk, note_opened, opened_up, shortfall, with_body
from tui.wrap import WIDEST


@click.command("show")
@click.argument("message", metavar="ID", type=int)
@click.option("--json", "as_json", is_flag=True, help="The message as one JSON object.")
@click.option("--raw", is_flag=True, help="The exact bytes received.")
@click.option("--headers", is_flag=True, help="All headers, decoded.")
@click.option("--links", is_flag=True, help="Its links: number, address, and why one is suspicious.")
@click.option("--part", metavar="N", help="The content of one part: the number is in the list of what is attached.")
@click.option("-o", "--output", "file", metavar="FILE", type=click.Path(path_type=Path), help="Write it into FILE.")
def show(
    message: int, as_json: bool, raw: bool, headers: bool, links: bool, part: str | None, file: Path | None
) -> None:
    """Show one message.  What is not on this disk is fetched."""
    if sum((as_json, raw, headers, links, part is not None)) > 1:
        raise click.UsageError("Choose one of --json, --raw, --headers, --links and --part.")
    if file is not None and not raw and part is None:
        raise click.UsageError("-o goes with --part or --raw.")
    here = session()

    async def work() -> None:
        settings = here.settings()
        async with here.store(settings) as store:
            site = MessageSite(store, settings, MessageId(message))
            if raw:
                _write(await site.raw(), file)
            elif part is not None:
                await _write_part(site, part, file)
            elif links:
                _write_links((await _laid_out(await site.read(), NOTHING)).links)
            else:
                await _write_message(site, as_json=as_json, headers=headers)

    run(work())


@dataclass(frozen=True, slots=True)
class MessageSite:
    """Where the message is, and who brings what is missing of it."""

    store: MailStore
    settings: Settings
    message: MessageId

    async def summary(self) -> Summary:
        """Its row.  Raises NotFound."""
        found = await self.store.read(lambda c: lists.summaries(c, [self.message]).get(self.message))
        if found is None:
            raise NotFound(
                f"There is no message {self.message}.", "`bocau list` and `bocau search` name those that are here."
            )
        return found

    async def read(self) -> Message:
        """The message as far as the reader shows it, fetched when it is not here.  Raises NotFound, ProtocolError."""
        await self.summary()
        found = await message_on_disk(self.store, self.message)
        if found is None:
            await self._fetch(READABLE)
            found = await message_on_disk(self.store, self.message)
        if found is None:
            raise self._gone()
        await note_opened(self.store, self.message)
        return found

    async def raw(self) -> bytes:
        """Its exact bytes, fetched when they are not here.  Raises NotFound, ProtocolError."""
        await self.summary()
        found = await self.store.read(lambda c: bodies.raw(c, self.message))
        if found is None:
            await self._fetch(None)
            found = await self.store.read(lambda c: bodies.raw(c, self.message))
        if found is None:
            raise self._gone()
        return found

    async def part(self, index: str) -> Part:
        """One part with its body, fetched when it is not here.  Raises UsageError, NotFound, ProtocolError."""
        part = _find(await self._opened_up(), index)
        if not part.complete:
            await self._fetch(index)
            part = _find(await self._opened_up(), index)
        return await with_body(self.store, self.message, part)

    async def _opened_up(self) -> Message:
        return await opened_up(self.store, self.message, await self.read())

    async def _fetch(self, part: str | None) -> None:
        async with worker(self.store, self.settings) as online, progress(self.store):
            await online.fetch(self.message, part)

    def _gone(self) -> NotFound:
        return NotFound(
            f"Message {self.message} is no longer on the server.", "`bocau sync` brings the list up to date."
        )


def _find(message: Message, index: str) -> Part:
    # a message that is attached to this one is no leaf, and can be had like any other attachment
    part = next((part for part in (*message.leaves, *message.attachments) if part.index == index), None)
    if part is None:
        there = ", ".join(part.index for part in message.leaves)
        raise click.UsageError(f"The message has no part {line(index)}; it has {line(there, 1000)}.")
    return part


async def _write_message(site: MessageSite, *, as_json: bool, headers: bool) -> None:
    message = await site.read()
    if headers:
        for name, value in message.headers:
            output.text(line(f"{name}: {value}", 100_000))
        return
    summary = await site.summary()
    known = await background(site.store, summary, message, [one.address for one in site.settings.accounts])
    found = await _laid_out(message, known)
    if as_json:
        names = await site.store.read(read_names)
        output.json_line(message_object(summary, names, message, found))
    else:
        _write_text(summary, found, known)


async def _laid_out(message: Message, known: Background) -> Document:
    layout, versions = Layout(), known.versions or NONE
    try:
        found = await asyncio.to_thread(message_document, message, lay_out=layout.blocks, versions=versions)
    finally:
        layout.end()
    return replace(found, warnings=(known.warning, *found.warnings)) if known.warning else found


def _write(content: bytes, file: Path | None) -> None:
    if file is None:
        output.data(content)
        return
    try:
        file.write_bytes(content)
    except OSError as error:
        raise file_error("write", file, error) from error


async def _write_part(site: MessageSite, index: str, file: Path | None) -> None:
    part = await site.part(index)
    if missing := shortfall(part):
        output.note(
            f"Part {index} may be cut: {format.size(part.carried(missing))} less came than the server had announced."
        )
    if file is None and sys.stdout.isatty():
        if not part.type.startswith("text/"):
            raise click.UsageError(f"Part {index} is {line(part.type)}, nothing for a terminal: write it with -o FILE.")
        output.text(part.text())
        return
    _write(part.decoded(), file)


def _write_text(summary: Summary, shown: Document, known: Background) -> None:
    people: tuple[tuple[str, tuple[Address, ...]], ...] = (
        ("From", (summary.sender,)),
        ("To", summary.to),
        ("Cc", summary.cc),
    )
    for label, addresses in people:
        if any(address.address or address.name for address in addresses):
            output.text(f"{label + ':':9}{', '.join(format.person(address) for address in addresses)}")
    output.text(f"{'Date:':9}{format.long_date(summary.date or summary.received)}")
    output.text(f"{'Subject:':9}{line(summary.subject)}", output.BOLD)
    if known.stranger:
        output.text(f"{'New:':9}{known.stranger}")
    for warning in shown.warnings:
        output.text(f"Beware:  {warning}", output.BOLD)
    output.text("")
    columns = min(shutil.get_terminal_size((WIDEST, 24)).columns, WIDEST)
    for text in shown_lines(shown, columns):
        output.text(text)
    if shown.links:
        output.text("")
        _write_links(shown.links)


def _write_links(links: Sequence[Link]) -> None:
    for number, link in enumerate(links, 1):
        output.text(f"[{number}] {link.url}{f'  (beware: {link_warning(link)})' if link.suspicious else ''}")
