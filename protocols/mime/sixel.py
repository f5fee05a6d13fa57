"""Pictures as sixels: six rows of pixels at a time, colour by colour, in printable letters (DEC STD 070)."""

import re
from collections.abc import Iterator, Sequence

ALPHABET = re.compile(r'"1;1;\d{1,4};\d{1,4}[#0-9;!$\-?-~]*')
"""All that a picture is made of: its size, colours, repetitions, line ends, sixels."""
_RUN = re.compile(r"([?-~])\1{3,}")
_SHIFTED = bytes(min(63 + bits, 126) for bits in range(256))
"""Six pixels above each other, the lowest bit on top, as a letter."""


def sixels(width: int, height: int, colours: Sequence[tuple[int, int, int]], pixels: bytes) -> str:
    """A picture whose `pixels` are one octet each, numbers of its `colours` (RGB, 0-255); in ALPHABET alone.

    What goes around it, and where it is drawn, is left to whoever writes it to a terminal.
    """
    used = sorted(set(pixels))
    named = "".join(
        f"#{number};2;{';'.join(str(round(value * 100 / 255)) for value in colours[number])}" for number in used
    )
    rows = [pixels[start : start + width] for start in range(0, width * height, width)]
    bands = ("$".join(_passes(rows[top : top + 6], width)) for top in range(0, height, 6))
    return f'"1;1;{width};{height}{named}' + "-".join(bands)


def _passes(rows: Sequence[bytes], width: int) -> Iterator[str]:
    """One pass over up to six rows for each of their colours."""
    for number in sorted(set(b"".join(rows))):
        bits = 0
        for below, row in enumerate(rows):
            table = bytearray(256)
            table[number] = 1 << below
            bits |= int.from_bytes(row.translate(table), "big")
        letters = bits.to_bytes(width, "big").translate(_SHIFTED).decode("ascii").rstrip("?")
        yield f"#{number}" + _RUN.sub(lambda run: f"!{len(run[0])}{run[1]}", letters)
