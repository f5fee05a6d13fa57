"""Sizes in octets as people read them, powers of 1000."""

_UNITS = ((3, "GB"), (2, "MB"), (1, "kB"))


def size(octets: int) -> str:
    """A size for people: `812 B`, `4.2 kB`, `31 MB`."""
    value = float(octets)
    for unit in ("B", "kB", "MB"):
        if value < 999.5:
            return f"{value:.1f} {unit}" if value < 9.95 and unit != "B" else f"{value:.0f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def sizes(done: int, total: int) -> str:
    """A part of a size, in the unit of the whole: `3.1 of 8.2 MB`, `12 of 147 MB`."""
    divisor, unit = next(
        ((1000**power, unit) for power, unit in _UNITS if total >= 999.5 * 1000 ** (power - 1)), (1, "B")
    )
    digits = 1 if unit == "GB" or (unit != "B" and total / divisor < 9.95) else 0
    return f"{done / divisor:.{digits}f} of {total / divisor:.{digits}f} {unit}"
