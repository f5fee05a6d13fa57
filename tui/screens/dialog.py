"""What the small screens in front of the mail share: their looks, and that no key typed ahead goes astray."""

from typing import ClassVar, cast

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen, ScreenResultType

from tui.host import Host
from tui.pace import StillBehind


class Dialog(StillBehind, ModalScreen[ScreenResultType]):
    """Tells the app when it stands: what was typed until then is given to it, and to nothing else."""

    CSS_PATH: ClassVar[str] = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+l", "app.draw_again", show=False)]

    def on_mount(self) -> None:
        """Take the keys once the widgets have theirs."""
        self.call_after_refresh(cast(Host, self.app).ready)
