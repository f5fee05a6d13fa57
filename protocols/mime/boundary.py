"""Finds the sections of a multipart body by its boundary (RFC 2046 section 5.1.1)."""

from protocols.mime.headers import split_headers

_HEADERS = 65_536
_BLANK = b" \t\r\n"


def sections(source: bytes, start: int, end: int, boundary: bytes, limit: int) -> list[tuple[int, int]]:
    """Return (start, end) of at most `limit` sections; the last one takes what follows, closed or not.

    A delimiter is a whole line, so a boundary that is the beginning of another one finds only its own.  The line break
    before a delimiter belongs to the delimiter.  Without a boundary or a delimiter the list is empty.
    """
    if not boundary:
        return []
    mark = b"--" + boundary
    result: list[tuple[int, int]] = []
    opened = -1
    position = start
    while (found := source.find(mark, position, end)) >= 0:
        position = found + len(mark)
        if found > start and source[found - 1] != 10:
            continue
        newline = source.find(b"\n", position, end)
        line_end = end if newline < 0 else newline
        rest = source[position:line_end].rstrip(_BLANK)
        if rest.strip(_BLANK) not in (b"", b"--"):
            continue
        if opened >= 0:
            result.append((opened, max(opened, _before_break(source, opened, found))))
            opened = -1
        if rest.endswith(b"--"):
            break
        if len(result) + 1 >= limit:
            return [*result, (min(line_end + 1, end), end)] if limit > 0 else result
        opened = position = min(line_end + 1, end)
    if opened >= 0:
        result.append((opened, end))
    return result


def _before_break(source: bytes, start: int, found: int) -> int:
    """Return where content ends that is followed by a line break and a delimiter."""
    stop = found - 1
    return stop - 1 if stop > start and source[stop - 1] == 13 else stop


def part_headers(source: bytes, start: int, end: int) -> tuple[list[tuple[str, bytes]], int]:
    """Return the header fields of a section and where its body begins; headers beyond 64 KiB are body."""
    if source.startswith((b"\n", b"\r\n"), start, end):
        return [], source.index(b"\n", start) + 1
    fields, offset = split_headers(source[start : min(end, start + _HEADERS)])
    return fields, min(start + offset, end)
