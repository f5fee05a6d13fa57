"""`show`: one message as the reader shows it, its exact bytes, its headers, or one of its parts."""

import shutil
import sys
from pathlib import Path

import click

from protocols.mime.parse import parse_message
from protocols.mime.read import document
from protocols.mime.safe import line
from store import bodies
from store import listing as lists
from store.errors import NotFound
from store.mailstore import MailStore
from store.model import Address, MessageId, Summary
from store.paths import file_error
from store.settings import Settings
from tui import format
from tui.commandline import output
from tui.commandline.objects import Names, message_object, read_names, shown_lines
from tui.commandline.session import run, session, worker
from tui.wrap import WIDEST


@click.command("show")
@click.argument("message", metavar="ID", type=int)
@click.option("--json", "as_json", is_flag=True, help="The message as one JSON object.")
@click.option("--raw", is_flag=True, help="The exact bytes received.")
@click.option("--headers", is_flag=True, help="All headers, decoded.")
@click.option("--part", metavar="N", help="The content of one part, by its index in --json.")
@click.option("-o", "--output", "file", metavar="FILE", type=click.Path(path_type=Path), help="Write it into FILE.")
def show(message: int, as_json: bool, raw: bool, headers: bool, part: str | None, file: Path | None) -> None:
    """Show one message.  What is not on this disk is fetched."""
    if sum((as_json, raw, headers, part is not None)) > 1:
        raise click.UsageError("Choose one of --json, --raw, --headers and --part.")
    if file is not None and not raw and part is None:
        raise click.UsageError("-o goes with --part or --raw.")
    here = session()

    async def work() -> tuple[Summary, Names, bytes]:
        settings = here.settings()
        async with here.store(settings) as store:
            return await _opened(store, settings, MessageId(message))

    summary, names, content = run(work())
    if raw:
        _write(content, file)
    elif part is not None:
        _write_part(content, part, file)
    elif headers:
        for name, value in parse_message(content).headers:
            output.text(line(f"{name}: {value}", 100_000))
    elif as_json:
        output.json_line(message_object(summary, names, parse_message(content), document(content)))
    else:
        _write_text(summary, content)


async def _opened(store: MailStore, settings: Settings, message: MessageId) -> tuple[Summary, Names, bytes]:
    """The message with its bytes, fetched when they are not here.  Raises NotFound, ProtocolError."""
    found = await store.read(lambda c: lists.summaries(c, [message]).get(message))
    if found is None:
        raise NotFound(f"There is no message {message}.", "`bocau list` and `bocau search` name those that are here.")
    content = await store.read(lambda c: bodies.raw(c, message))
    if content is None:
        async with worker(store, settings) as online:
            await online.fetch(message)
        content = await store.read(lambda c: bodies.raw(c, message))
        found = await store.read(lambda c: lists.summaries(c, [message]).get(message))
    if content is None or found is None:
        raise NotFound(f"Message {message} is no longer on the server.", "`bocau sync` brings the list up to date.")
    return found, await store.read(read_names), content


def _write(content: bytes, file: Path | None) -> None:
    if file is None:
        output.data(content)
        return
    try:
        file.write_bytes(content)
    except OSError as error:
        raise file_error("write", file, error) from error


def _write_part(content: bytes, index: str, file: Path | None) -> None:
    leaves = parse_message(content).leaves
    part = next((part for part in leaves if part.index == index), None)
    if part is None:
        there = ", ".join(part.index for part in leaves)
        raise click.UsageError(f"The message has no part {line(index)}; it has {there}.")
    if file is None and sys.stdout.isatty():
        if not part.type.startswith("text/"):
            raise click.UsageError(f"Part {index} is {line(part.type)}, nothing for a terminal: write it with -o FILE.")
        output.text(part.text())
        return
    _write(part.decoded(), file)


def _write_text(summary: Summary, content: bytes) -> None:
    shown = document(content)
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
    for warning in shown.warnings:
        output.text(f"Beware:  {warning}", output.BOLD)
    output.text("")
    columns = min(shutil.get_terminal_size((WIDEST, 24)).columns, WIDEST)
    for text in shown_lines(shown, columns):
        output.text(text)
    if shown.links:
        output.text("")
        for number, link in enumerate(shown.links, 1):
            output.text(
                f"[{number}] {link.url}" + ("  (beware: its text names another place)" if link.suspicious else "")
            )
