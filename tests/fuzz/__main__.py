"""`python -m tests.fuzz [TARGET ...] --seconds N` looks for inputs that break a reader, guided by their reach."""

import argparse
import subprocess
import sys
from pathlib import Path

from tests.fuzz.targets import TARGETS
from tests.fuzz.words import WORDS

WORKSHOP = Path(".fuzz")
"""What was found to reach new ground, and what broke something (`crash-*`): each of those becomes a test."""
MEGABYTES = 1024


def main() -> int:
    """Share the time among the targets; 1 when one of them broke."""
    options = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    options.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; all without any")
    options.add_argument("--seconds", type=int, default=60)
    given = options.parse_args()
    if unknown := sorted(set(given.targets) - set(TARGETS)):
        options.error(f"no such target: {', '.join(unknown)} (there are: {', '.join(TARGETS)})")
    broken = []
    wanted = given.targets or list(TARGETS)
    for name in wanted:
        _tell(f"--- {name}")
        if _run(name, max(1, given.seconds // len(wanted))):
            broken.append(name)
    _tell(f"broken: {', '.join(broken)} (see {WORKSHOP})" if broken else "nothing broke")
    return 1 if broken else 0


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


def _run(name: str, seconds: int) -> int:
    """One target in a process of its own: the engine that guides it never comes back."""
    place = WORKSHOP / name
    (place / "inputs").mkdir(parents=True, exist_ok=True)
    dictionary = place / "words"
    dictionary.write_text("".join(f'"{_escaped(word)}"\n' for word in WORDS))
    command = [sys.executable, "-m", "tests.fuzz.guided", name, str(place / "inputs"), f"-dict={dictionary}"]
    limits = [f"-max_total_time={seconds}", f"-rss_limit_mb={MEGABYTES}", "-timeout=5", "-max_len=8192"]
    return subprocess.call([*command, *limits, f"-artifact_prefix={place}/", "-print_final_stats=0"])


if __name__ == "__main__":
    sys.exit(main())
