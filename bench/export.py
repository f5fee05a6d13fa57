"""How long an export of 20,000 messages takes beside copying the same bytes, and an import for information."""

import asyncio
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from bench.corpus import letters
from bench.repeat import bar, beside, in_turn
from bench.table import Row
from protocols.backup.export import export
from protocols.backup.importing import import_mail
from protocols.backup.maildir import flags_of
from protocols.backup.saved import Saved
from protocols.backup.sources import Source
from protocols.backup.writing import Form, writer
from protocols.bulk import READER
from store import accounts, folders
from store.exports import ids
from store.mailstore import MailStore
from store.model import Protocol

MESSAGES = 20_000
SHARE = 1.5
"""Of the time of copying the same bytes."""
MEMORY_MIB = 130
ROUNDS = 5
_BLOCK = 1 << 20


def measure() -> Iterator[Row]:
    """Import an mbox of the corpus, then export it from the store again, in turn with copies of the same bytes."""
    with tempfile.TemporaryDirectory(prefix="bocau-export-", dir=Path.cwd()) as folder:
        place = Path(folder)
        _write_corpus(place / "corpus")
        octets = (place / "corpus").stat().st_size
        brought = _child("import", place / "data", place / "corpus")
        figures: dict[str, dict[str, float]] = {}

        def exported(form: Form) -> float:
            _remove(place / form.value)
            figures[form.value] = _child(form.value, place / "data", place / form.value)
            return figures[form.value]["seconds"]

        exported(Form.MBOX)  # fills the page cache with the store
        mbox = in_turn({"ours": lambda: exported(Form.MBOX), "copy": lambda: _copy([place / "mbox"], place)}, ROUNDS)
        exported(Form.MAILDIR)
        files = sorted((place / "maildir" / "cur").iterdir())
        maildir = in_turn({"ours": lambda: exported(Form.MAILDIR), "copy": lambda: _copy(files, place)})
    what = f"export of {MESSAGES:,} messages ({octets / 1e6:.0f} MB)"
    yield Row(f"{what} as mbox", mbox["ours"].seconds, "s", bar(SHARE, mbox["copy"]), beside(copying_it=mbox["copy"]))
    yield Row("  memory", max(one["mib"] for one in figures.values()), "MiB", MEMORY_MIB)
    yield Row(f"{what} as Maildir", maildir["ours"].seconds, "s", peer=beside(copying_its_files=maildir["copy"]))
    yield Row(f"import of {MESSAGES:,} messages from an mbox, searchable", brought["seconds"], "s")
    yield Row("  memory, with the reading process", brought["mib"], "MiB", MEMORY_MIB)


def _write_corpus(file: Path) -> None:
    target = writer(Form.MBOX, file)
    made = (Saved(one.raw, one.when, flags_of(one.flags), "INBOX") for one in letters(MESSAGES))
    while some := list(islice(made, 500)):
        target.add(some)
    target.finish()


def _copy(files: Sequence[Path], place: Path) -> float:
    """Seconds to copy files, all on the disk in the end."""
    target = place / "copies"
    target.mkdir()
    start = time.perf_counter()
    for number, file in enumerate(files):
        with file.open("rb", buffering=0) as source, (target / str(number)).open("wb", buffering=0) as copy:
            while block := source.read(_BLOCK):
                copy.write(block)
            if len(files) == 1:
                os.fsync(copy.fileno())
    if len(files) > 1:
        os.sync()
    seconds = time.perf_counter() - start
    shutil.rmtree(target)
    return seconds


def _remove(place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)


def _child(what: str, data: Path, place: Path) -> dict[str, float]:
    """Run it in a process of its own, so that its memory is its own: seconds and MiB."""
    command = [sys.executable, "-m", "bench.export", what, str(data), str(place)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


async def _run(what: str, data: Path, place: Path) -> float:
    async with await MailStore.open(data) as store:
        await store.write(lambda tx: accounts.reconcile(tx, [("home", Protocol.POP3, True)]))
        owner = await store.read(lambda c: accounts.by_name(c, "home"))
        start = time.perf_counter()
        if what == "import":
            await import_mail(store, owner, Source(place), None, lambda done, total: None)
            await READER.rest()
        else:
            found = await store.read(lambda c: ids(c, [one.id for one in folders.every(c)]))
            await export(store, found, Form(what), place, None, lambda done, total: None)
        return time.perf_counter() - start


def _figures(what: str, data: Path, place: Path) -> dict[str, float]:
    seconds = asyncio.run(_run(what, data, place))
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return {"seconds": seconds, "mib": sum(resource.getrusage(one).ru_maxrss for one in whose) / 1024}


if __name__ == "__main__":
    print(json.dumps(_figures(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))))
