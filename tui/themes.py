"""The program's own colour themes, calm or of high contrast, and our colours in themes that are not ours."""

from collections.abc import Collection

from textual.color import Color
from textual.theme import Theme

from store.errors import ConfigurationError

READABLE = 4.5
"""The least contrast of text (WCAG 2.2, 1.4.3)."""
PLAIN_TO_SEE = 7.0
"""The least contrast of text in the themes of high contrast (WCAG 2.2, 1.4.6)."""

DARK = Theme(
    name="bocau-dark",
    primary="#6fb3d9",
    secondary="#8fa9bd",
    accent="#6fb3d9",
    warning="#e0b263",
    error="#f0817f",
    success="#8cc08a",
    foreground="#d9dee5",
    background="#14171b",
    surface="#1b1f25",
    panel="#2a3039",
    dark=True,
    variables={
        "cursor": "#2c4258", "cursor-away": "#262c35", "cursor-text": "#ffffff", "line": "#363e49",
        "read": "#aab2bd", "unread": "#ffffff", "faint": "#8a94a1", "star": "#e0b263", "label": "#b9a3e3",
        "quote1": "#7fb2c9", "quote2": "#a9b96f", "quote3": "#c79ac4",
        "added": "#8cc08a", "removed": "#f0817f", "hunk": "#b9a3e3",
        "footer-key-foreground": "#6fb3d9", "block-cursor-background": "#2c4258", "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "none", "input-selection-background": "#6fb3d9 35%",
    },
)  # fmt: skip

LIGHT = Theme(
    name="bocau-light",
    primary="#0b629c",
    secondary="#4a6478",
    accent="#0b629c",
    warning="#855700",
    error="#b3261e",
    success="#2c6e2f",
    foreground="#23272c",
    background="#fcfbf8",
    surface="#f3f1ec",
    panel="#dedbd3",
    dark=False,
    variables={
        "cursor": "#cfe3f2", "cursor-away": "#e8e6df", "cursor-text": "#000000", "line": "#cbc7bc",
        "read": "#4d545c", "unread": "#000000", "faint": "#636a72", "star": "#8a5a00", "label": "#6a3fa0",
        "quote1": "#22637f", "quote2": "#59661a", "quote3": "#7c3f78",
        "added": "#2c6e2f", "removed": "#b3261e", "hunk": "#6a3fa0",
        "footer-key-foreground": "#0b629c", "block-cursor-background": "#cfe3f2", "block-cursor-foreground": "#000000",
        "block-cursor-text-style": "none", "input-selection-background": "#0b629c 25%",
    },
)  # fmt: skip

HIGH_DARK = Theme(
    name="high-contrast-dark",
    primary="#5fd7ff",
    secondary="#d0d0d0",
    accent="#5fd7ff",
    warning="#ffd75f",
    error="#ff9c9c",
    success="#87ff87",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#262626",
    dark=True,
    variables={
        "cursor": "#ffff5f", "cursor-away": "#c6c6c6", "cursor-text": "#000000", "line": "#ffffff",
        "read": "#e4e4e4", "unread": "#ffffff", "faint": "#c6c6c6", "star": "#ffd75f", "label": "#ffafff",
        "quote1": "#87d7ff", "quote2": "#d7ff87", "quote3": "#ffafff",
        "added": "#87ff87", "removed": "#ff9c9c", "hunk": "#ffafff",
        "footer-key-foreground": "#5fd7ff", "block-cursor-background": "#ffff5f", "block-cursor-foreground": "#000000",
        "block-cursor-text-style": "none", "input-selection-background": "#0000ff",
    },
)  # fmt: skip

HIGH_LIGHT = Theme(
    name="high-contrast-light",
    primary="#003f7f",
    secondary="#303030",
    accent="#003f7f",
    warning="#5f3f00",
    error="#8f0000",
    success="#004f00",
    foreground="#000000",
    background="#ffffff",
    surface="#ffffff",
    panel="#e4e4e4",
    dark=False,
    variables={
        "cursor": "#00005f", "cursor-away": "#3a3a3a", "cursor-text": "#ffffff", "line": "#000000",
        "read": "#1c1c1c", "unread": "#000000", "faint": "#3a3a3a", "star": "#5f3f00", "label": "#5f005f",
        "quote1": "#003f5f", "quote2": "#2f4f00", "quote3": "#5f005f",
        "added": "#004f00", "removed": "#8f0000", "hunk": "#5f005f",
        "footer-key-foreground": "#003f7f", "block-cursor-background": "#00005f", "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "none", "input-selection-background": "#afd7ff",
    },
)  # fmt: skip


def _ansi(name: str, *, dark: bool) -> Theme:
    """The terminal's own palette: only colours that most palettes show on their own background."""
    bright = "ansi_bright_" if dark else "ansi_"
    default = dict.fromkeys(("foreground", "background", "surface", "panel", "boost"), "ansi_default")
    return Theme(
        name=name,
        ansi=True,
        dark=dark,
        primary=f"{bright}cyan" if dark else "ansi_blue",
        secondary="ansi_default",
        accent=f"{bright}cyan" if dark else "ansi_blue",
        warning="ansi_bright_yellow" if dark else "ansi_magenta",
        error=f"{bright}red",
        success=f"{bright}green",
        foreground=default["foreground"],
        background=default["background"],
        surface=default["surface"],
        panel=default["panel"],
        boost=default["boost"],
        variables={
            "cursor": "ansi_cyan" if dark else "ansi_blue",
            "cursor-away": "ansi_default", "cursor-text": "ansi_default",
            "line": "ansi_default", "read": "ansi_default", "unread": "ansi_default", "faint": "ansi_default",
            "star": "ansi_bright_yellow" if dark else "ansi_magenta", "label": f"{bright}magenta",
            "quote1": f"{bright}cyan" if dark else "ansi_blue", "quote2": f"{bright}green",
            "quote3": f"{bright}magenta",
            "added": f"{bright}green", "removed": f"{bright}red", "hunk": f"{bright}magenta",
            "ansi-background": "ansi_black" if dark else "ansi_white",
            "ansi-foreground": "ansi_white" if dark else "ansi_black",
            "block-cursor-foreground": "ansi_default", "block-cursor-background": "ansi_default",
            "block-cursor-text-style": "reverse", "input-cursor-text-style": "reverse",
            "input-cursor-background": "ansi_default", "input-cursor-foreground": "ansi_default",
            "input-selection-background": "ansi_cyan", "input-selection-foreground": "ansi_black",
            "screen-selection-background": "ansi_cyan", "screen-selection-foreground": "ansi_black",
        },
    )  # fmt: skip


OWN = (
    DARK,
    LIGHT,
    HIGH_DARK,
    HIGH_LIGHT,
    _ansi("ansi-dark", dark=True),
    _ansi("ansi-light", dark=False),
)
NAMES = {
    "ansi": "ansi-dark",
    "dark": DARK.name,
    "light": LIGHT.name,
    "high-contrast": HIGH_DARK.name,
}
"""Words of `general.theme` that mean a theme of another name."""


def named(wanted: str, available: Collection[str]) -> str:
    """The name of the theme that somebody wants; the dark one when there is none of that name."""
    name = NAMES.get(wanted, wanted)
    return name if name in available else DARK.name


def check(wanted: str, available: Collection[str]) -> None:
    """Raise ConfigurationError where there is no theme of that name."""
    if NAMES.get(wanted, wanted) not in available:
        ours = ("dark", "light", "high-contrast", "high-contrast-light", "ansi", "ansi-light")
        others = sorted(name for name in available if name not in {theme.name for theme in OWN})
        raise ConfigurationError(
            f'general.theme: there is no theme "{wanted}".', f"Allowed: {', '.join((*ours, *others))}."
        )


def after(name: str) -> str:
    """The theme that follows, of our own ones."""
    names = [theme.name for theme in OWN]
    return names[(names.index(name) + 1) % len(names)] if name in names else names[0]


def contrast(one: Color, other: Color) -> float:
    """How much two colours differ, from 1 to 21 (WCAG 2.2, contrast ratio)."""
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def readable(text: Color, *backgrounds: Color, ratio: float = READABLE) -> Color:
    """`text`, or where it cannot be read the nearest shade towards black or white that can, on each background."""
    edge = max((Color(0, 0, 0), Color(255, 255, 255)), key=lambda one: min(contrast(one, back) for back in backgrounds))
    for step in range(21):
        shade = text.blend(edge, step / 20)
        if min(contrast(shade, back) for back in backgrounds) >= ratio:
            return shade
    return edge


def defaults(theme: Theme) -> dict[str, str]:
    """Our own colour variables for a theme that does not name them."""
    if "cursor-text" in theme.variables:  # one of ours names them all
        return {}
    if theme.ansi:
        return dict(_ansi(theme.name, dark=theme.dark).variables)
    palette = theme.to_color_system().generate()
    back, surface = Color.parse(palette["background"]), Color.parse(palette["surface"])
    front, primary = Color.parse(palette["foreground"]), Color.parse(palette["primary"])
    cursor, away = back.blend(primary, 0.3), back.blend(front, 0.12)

    def shade(name: str, base: Color | None = None) -> str:
        return readable(base or Color.parse(palette[name]), back, surface).hex6

    return {
        "cursor": cursor.hex6,
        "cursor-away": away.hex6,
        "cursor-text": readable(front, cursor, away).hex6,
        "line": back.blend(front, 0.25).hex6,
        "read": shade("foreground"),
        "unread": shade("foreground"),
        "faint": shade("", back.blend(front, 0.55)),
        "star": shade("warning"),
        "label": shade("secondary"),
        "quote1": shade("primary"),
        "quote2": shade("success"),
        "quote3": shade("secondary"),
        "added": shade("success"),
        "removed": shade("error"),
        "hunk": shade("secondary"),
    }


def _luminance(color: Color) -> float:
    parts = [value / 255 for value in color.rgb]
    red, green, blue = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
