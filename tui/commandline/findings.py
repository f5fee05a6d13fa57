"""What `doctor` finds: one value for each thing that was looked at, and how it is told."""

from dataclasses import dataclass

from protocols.mime.safe import line
from store.errors import StoreError
from tui.commandline import output


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: `exit_code` 0 when it is well, else `advice` says what to do."""

    check: str
    detail: str
    advice: str = ""
    exit_code: int = 0

    @classmethod
    def failed(cls, check: str, error: StoreError) -> "Finding":
        """What could not be looked at."""
        return cls(check, error.title, error.hint, error.exit_code)


def write(finding: Finding) -> None:
    """Tell it to a person."""
    mark = "problem" if finding.exit_code else "ok"
    output.text(
        f"{mark:8} {line(finding.check) + ':':16} {line(finding.detail)}", output.BOLD if finding.exit_code else ""
    )
    if finding.advice:
        output.text(f"{'':8} {'':16} {line(finding.advice)}")


def write_json(finding: Finding) -> None:
    """Tell it to a program."""
    output.json_line(
        {
            "check": finding.check, "ok": not finding.exit_code, "detail": finding.detail,
            "advice": finding.advice or None,
        }
    )  # fmt: skip
