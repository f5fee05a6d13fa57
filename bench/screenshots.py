"""Draws the pictures of the documentation: the demo's real screen, exported by the app itself."""

import sys
from dataclasses import dataclass
from pathlib import Path

import cairosvg

from bench.terminal import ProgramEndedError, Terminal

PICTURES = Path("docs/pictures")
"""SVG, for the README."""
LOOKS = Path(".bench/pictures")
"""The same as PNG, for a person who judges them."""
SETTLING_SECONDS = 9
"""From the start to the picture: the demo's first mail has arrived by then."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One screen: its size in cells and the keys that lead to it."""

    name: str
    columns: int
    rows: int
    keys: tuple[str, ...] = ()
    """Textual's key names; `wait:500` waits milliseconds."""

    def environment(self) -> dict[str, str]:
        """What makes a Textual program press keys, export its screen and end."""
        return {
            "TEXTUAL_PRESS": ",".join(("wait:3000", *self.keys)),
            "TEXTUAL_SCREENSHOT": str(SETTLING_SECONDS),
            "TEXTUAL_SCREENSHOT_LOCATION": str(PICTURES),
            "TEXTUAL_SCREENSHOT_FILENAME": f"{self.name}.svg",
        }


ALL = (
    Picture("mail", 120, 40, ("j", "j", "enter")),
    Picture("narrow", 80, 24, ("T",)),
    Picture("search", 120, 40, ("slash", *"balcony", "wait:700", "enter", "wait:700", "enter")),
)


def draw(picture: Picture, command: list[str]) -> Path:
    """Run the program until it has exported its screen; returns the SVG.  Raises RuntimeError with the last screen."""
    path = PICTURES / f"{picture.name}.svg"
    path.unlink(missing_ok=True)
    with Terminal(command, columns=picture.columns, rows=picture.rows, environment=picture.environment()) as terminal:
        if not terminal.wait_for_end(SETTLING_SECONDS + 15) or not path.exists():
            raise ProgramEndedError(f"no picture {picture.name!r}; the last screen:\n{terminal.text()}")
    # The first family alone counts for cairosvg, and it is rarely installed; any other than a monospace shears columns.
    svg = path.read_text(encoding="utf-8").replace("Fira Code", "monospace")
    cairosvg.svg2png(bytestring=svg.encode(), write_to=str(LOOKS / f"{picture.name}.png"), scale=1.0)
    return path


def main() -> None:
    """Draw every picture of the demo."""
    program = Path(sys.executable).parent / "bocau"
    for folder in (PICTURES, LOOKS):
        folder.mkdir(parents=True, exist_ok=True)
    for picture in ALL:
        print(f"{draw(picture, [str(program), 'demo'])} and {LOOKS / picture.name}.png")


if __name__ == "__main__":
    main()
