"""The program's own colour themes: calm, high contrast for text, one accent."""

from textual.theme import Theme

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
        "cursor": "#2c4258", "cursor-away": "#262c35", "cursor-text": "#ffffff",
        "read": "#aab2bd", "unread": "#ffffff", "faint": "#7d8794", "star": "#e0b263",
        "quote1": "#7fb2c9", "quote2": "#a9b96f", "quote3": "#c79ac4",
        "footer-key-foreground": "#6fb3d9", "block-cursor-background": "#2c4258", "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "none", "input-selection-background": "#6fb3d9 35%",
    },
)  # fmt: skip

LIGHT = Theme(
    name="bocau-light",
    primary="#0b629c",
    secondary="#4a6478",
    accent="#0b629c",
    warning="#8a5a00",
    error="#b3261e",
    success="#2c6e2f",
    foreground="#23272c",
    background="#fcfbf8",
    surface="#f3f1ec",
    panel="#dedbd3",
    dark=False,
    variables={
        "cursor": "#cfe3f2", "cursor-away": "#e8e6df", "cursor-text": "#000000",
        "read": "#4d545c", "unread": "#000000", "faint": "#6c737b", "star": "#9a6400",
        "quote1": "#22637f", "quote2": "#59661a", "quote3": "#7c3f78",
        "footer-key-foreground": "#0b629c", "block-cursor-background": "#cfe3f2", "block-cursor-foreground": "#000000",
        "block-cursor-text-style": "none", "input-selection-background": "#0b629c 25%",
    },
)  # fmt: skip

OWN = (DARK, LIGHT)

NAMES = {"ansi": "ansi-dark", "ansi-dark": "ansi-dark", "ansi-light": "ansi-light"}
"""Words of `general.theme` that mean a theme of another name."""


def defaults(theme: Theme) -> dict[str, str]:
    """Our own colour variables for a theme that does not name them."""
    ansi = theme.ansi
    text = "ansi_default" if ansi else theme.foreground or ("#e0e0e0" if theme.dark else "#202020")
    faint = "ansi_bright_black" if ansi else "#8a8f98" if theme.dark else "#666b73"
    return {
        "cursor": theme.primary,
        "cursor-away": theme.panel or theme.primary,
        "cursor-text": "ansi_default" if ansi else "#ffffff",
        "read": text,
        "unread": text,
        "faint": faint,
        "star": theme.warning or theme.primary,
        "quote1": theme.primary,
        "quote2": theme.success or theme.primary,
        "quote3": theme.secondary or theme.primary,
    }
