"""All messages that are built to exhaust their reader, in families."""

from tests.protocols.mime.bomb_bodies import PARTS, SPECIAL, TEXTS
from tests.protocols.mime.bomb_headers import ADDRESSES, HEADERS, PARAMETERS
from tests.protocols.mime.bomb_making import Bomb
from tests.protocols.mime.bomb_markup import MARKUP

FAMILIES: dict[str, dict[str, Bomb]] = {
    "headers": HEADERS,
    "addresses": ADDRESSES,
    "parameters": PARAMETERS,
    "parts": PARTS,
    "texts": TEXTS,
    "special": SPECIAL,
    "markup": MARKUP,
}
