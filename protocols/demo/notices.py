"""The demo's letters from machines and companies: builds, bills, tickets, invitations, newsletters in HTML."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from protocols.demo.compose import Attached, Letter, Person, pdf
from protocols.demo.people import (
    BANK,
    CI,
    GARDEN,
    LAYLA,
    LINH,
    MEI,
    OLGA,
    POWER,
    PRIYA,
    RAIL,
    SHOP,
    STORE,
    TRACKER,
    WEEKLY,
)

Maker = Callable[[random.Random, Person, int, str], Letter]
"""(chance, recipient, Unix seconds, Message-ID) -> letter."""

_LISTED = (("List-Unsubscribe", "<https://unsubscribe.example/u/1>"), ("List-Id", "<news.example>"))


def build(chance: random.Random, to: Person, when: int, message_id: str) -> Letter:
    """What a build robot says."""
    number, failed = chance.randint(1000, 9999), chance.random() < 0.3
    text = f"Build {number} of branch main {'failed' if failed else 'passed'}.\n\n"
    text += "  lint    ok\n  types   ok\n" + (
        "  tests   2 failed, 431 passed\n" if failed else "  tests   433 passed\n"
    )
    text += f"\nhttps://ci.example/builds/{number}\n"
    return Letter(CI, to, f"[main] build {number} {'FAILED' if failed else 'passed'}", text, when, message_id)


def bill(chance: random.Random, to: Person, when: int, message_id: str) -> Letter:
    """An electricity bill with a PDF."""
    amount = f"{chance.randint(180, 900)}.{chance.randint(100, 999)}"
    month = datetime.fromtimestamp(when, UTC).strftime("%m/%Y")
    text = f"Kính gửi quý khách,\n\nHóa đơn tiền điện tháng {month}: {amount} đồng.\n"
    text += f"Xin thanh toán trước ngày 20.\n\n{POWER.name}\n"
    file = Attached(f"Hóa đơn {month.replace('/', '-')}.pdf", "application/pdf", pdf(f"Hoa don {month}: {amount} VND"))
    return Letter(POWER, to, f"Hóa đơn tiền điện tháng {month}", text, when, message_id, attached=(file,))


def bank(chance: random.Random, to: Person, when: int, message_id: str) -> Letter:
    """A bank's notice."""
    amount = chance.randint(50, 4000) * 1000
    text = f"Tài khoản 0071…88 vừa thay đổi: -{amount:,} VND.\nNếu không phải bạn, hãy gọi 1900 0000.\n"
    return Letter(BANK, to, "Thông báo thay đổi số dư", text, when, message_id)


def ticket(chance: random.Random, to: Person, when: int, message_id: str) -> Letter:
    """A train ticket."""
    code = "".join(chance.choices("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=6))
    text = "Your journey: Hà Nội 19:20 -> Đà Nẵng 10:48\n"
    text += f"Coach {chance.randint(1, 12)}, seat {chance.randint(1, 60)}\nCode: {code}\n"
    file = Attached(f"ticket-{code}.pdf", "application/pdf", pdf(f"Ticket {code}"))
    return Letter(RAIL, to, f"Your ticket {code}", text, when, message_id, attached=(file,))


def tracked(chance: random.Random, to: Person, when: int, message_id: str) -> Letter:
    """An issue tracker's notice, of a list."""
    number = chance.randint(100, 999)
    title = chance.choice(
        ("Gate counts twice", "Rings unreadable in rain", "Map: coast line is wrong", "Export as CSV")
    )
    text = f"Linh commented on #{number} {title}:\n\n> Can you reproduce it on the small gate?\n\n"
    text += f"Yes, every time.\n\nhttps://tracker.example/{number}\n"
    return Letter(TRACKER, to, f"[loft] {title} (#{number})", text, when, message_id, headers=_LISTED)


def foreign(chance: random.Random, to: Person, when: int, message_id: str) -> Letter:
    """A letter in another script."""
    sender, subject, text = chance.choice(_LETTERS)
    return Letter(sender, to, subject, text, when, message_id)


def invitation(chance: random.Random, to: Person, when: int, message_id: str) -> Letter:
    """An invitation to a meeting (RFC 5545)."""
    start = datetime.fromtimestamp(when, UTC).replace(hour=9, minute=0, second=0) + timedelta(days=3)
    room = chance.choice(("the loft", "room 2", "https://meet.example/loft"))
    lines = (
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example//demo//EN", "METHOD:REQUEST", "BEGIN:VEVENT",
        f"UID:{message_id.strip('<>')}", f"DTSTAMP:{_utc(datetime.fromtimestamp(when, UTC))}",
        f"DTSTART:{_utc(start)}", f"DTEND:{_utc(start + timedelta(hours=1))}", "SUMMARY:Review of the month",
        f"LOCATION:{room}", f"ORGANIZER;CN={LINH.name}:mailto:{LINH.address}",
        f"ATTENDEE;RSVP=TRUE:mailto:{to.address}", "END:VEVENT", "END:VCALENDAR", "",
    )  # fmt: skip
    text = f"Review of the month\n{start:%A, %d %B %Y, %H:%M} UTC, {room}\n"
    file = Attached("invite.ics", "text/calendar", "\r\n".join(lines).encode())
    return Letter(LINH, to, f"Invitation: Review of the month, {start:%d %B}", text, when, message_id, attached=(file,))


def newsletter(chance: random.Random, to: Person, when: int, message_id: str) -> Letter:
    """A newsletter as they come: nested tables, a hidden preheader, buttons, remote pictures, a tracking pixel."""
    sender, colour, title, items = chance.choice((
        (WEEKLY, "#0b5fff", f"The Terminal Weekly #{chance.randint(80, 400)}", _NEWS),
        (GARDEN, "#2e7d32", "What to sow on a balcony now", _PLANTS),
        (STORE, "#8a1538", f"{chance.randint(10, 40)} % off paper, until Sunday", _OFFERS),
        (SHOP, "#5d4037", "Your beans are on their way ☕", _BEANS),
    ))  # fmt: skip
    chosen = chance.sample(items, k=min(3, len(items)))
    text = f"{title}\n\n" + "\n\n".join(f"* {head}\n  {body}" for head, body in chosen) + "\n"
    return Letter(sender, to, title, text, when, message_id, html=_page(title, colour, chosen), headers=_LISTED)


_LETTERS = (
    (LAYLA, "موعد الاجتماع القادم", "مرحبا ماي،\n\nهل يناسبك الاجتماع يوم الثلاثاء الساعة 10:00؟\n\nتحياتي\nليلى\n"),
    (
        OLGA,
        "Почтовые голуби: вопрос",
        "Здравствуйте, Май!\n\nСколько лет вашей старшей птице?\nУ нас есть голубка, ей шестнадцать.\n\nОльга\n",
    ),
    (MEI, "关于信鸽的资料", "麦女士，您好：\n\n附上您要的资料。如有问题，请随时联系。\n\n陈美\n"),
    (PRIYA, "अगली उड़ान की तारीख", "नमस्ते मै,\n\nअगली उड़ान शनिवार को है। क्या आप आ रही हैं? 🕊️\n\nप्रिया\n"),
)


def _utc(moment: datetime) -> str:
    return moment.strftime("%Y%m%dT%H%M%SZ")


_NEWS = (
    (
        "Keyboards that last",
        "Three people tell how they have used the same keyboard for twenty years, and how they clean it.",
    ),
    ("A font for code and letters", "It has every Vietnamese vowel, and a zero that nobody mistakes for an O."),
    ("Why plain text wins", "Letters from 1985 still open. We asked what will open in 2065."),
    ("The quiet prompt", "Less colour, more words: a prompt that says only what changed."),
)
_PLANTS = (
    ("Coriander", "Sow it thinly in half shade; it bolts in the sun."),
    ("Rau răm", "A cutting in a glass of water grows roots within a week."),
    ("Chillies", "Keep them warm at night, 18 °C or more."),
)
_OFFERS = (
    ("Letter paper, 100 sheets", "9.90 instead of 14.90"),
    ("Blue-black ink, 50 ml", "6.50 instead of 8.00"),
    ("Sealing wax", "4.00; today a stamp for free"),
)
_BEANS = (
    ("Order", "2 × 500 g Cầu Đất, medium roast"),
    ("Delivery", "Tomorrow between 8 and 12"),
    ("A tip", "Grind it coarser when the weather is wet."),
)


def _page(title: str, colour: str, items: list[tuple[str, str]]) -> str:
    rows = "".join(
        f'<tr><td style="padding:16px 24px"><h2 style="margin:0;color:{colour}">{head}</h2><p>{body}</p>'
        f'<a href="https://news.example/read/{number}?utm_source=mail" style="background:{colour};color:#fff;'
        'padding:8px 16px;text-decoration:none">Read more</a></td></tr>'
        for number, (head, body) in enumerate(items, 1)
    )
    return (
        '<!doctype html><html><head><meta charset="utf-8"><style>body{font-family:sans-serif} .x{display:none}</style>'
        '</head><body><div style="display:none;max-height:0;overflow:hidden">'
        f"{items[0][1]}&zwnj;&nbsp;&zwnj;&nbsp;</div>"
        '<table width="100%" role="presentation"><tr><td align="center"><table width="600" role="presentation">'
        f'<tr><td bgcolor="{colour}" style="padding:24px">'
        '<img src="https://images.example/logo.png" alt="" width="120">'
        f'<h1 style="color:#fff">{title}</h1></td></tr>{rows}'
        '<tr><td style="padding:24px;font-size:12px;color:#888">You get this letter because you asked for it. '
        '<a href="https://unsubscribe.example/u/1">Unsubscribe</a></td></tr></table></td></tr></table>'
        '<img src="https://track.example/open.gif?u=1" width="1" height="1"></body></html>'
    )


KINDS: tuple[Maker, ...] = (
    newsletter,
    newsletter,
    build,
    build,
    tracked,
    tracked,
    bill,
    bank,
    ticket,
    foreign,
    invitation,
)
"""Drawn from at random; what stands twice comes twice as often."""
