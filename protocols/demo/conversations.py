"""The demo's conversations: who writes what to whom, turn by turn, as plain text."""

from dataclasses import dataclass

from protocols.demo import people
from protocols.demo.compose import Person


@dataclass(frozen=True, slots=True)
class Turn:
    """One letter of a conversation; its text may hold {topic} and {number}."""

    sender: Person
    text: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """A subject and its turns; each answers the one before and quotes its first lines."""

    subject: str
    turns: tuple[Turn, ...]


TOPICS = ("the loft", "the feeders", "the ring register", "the race plan", "the new route", "the weather desk")

# "=" begins a conversation with its subject, "@" a turn with the name of its writer in people.py.
_SCRIPT = """\
= Plan for {topic}, week {number}
@ AN
Hello all,

here is a first plan for {topic}. Monday and Tuesday we measure, on Wednesday we decide, and until Friday each \
of us tries it on a real flight.

- routes: Linh
- weather: Tom
- rings and paper: Mai

Is anything missing?

An
@ LINH
I can take the routes, but not before Tuesday noon: the map of the coast is being corrected.

Linh
@ TOM
Fine with me. The forecast for Thursday is rain from the west, so let us fly on Friday morning.

Tom
@ ME
Then Friday at 7:30, at the gate. I bring the rings.

Mai
@ AN
Agreed. See you on Friday.

An
= Re-pairing the birds of loft {number}
@ HANS
Liebe Mai,

anbei die Liste für den Schlag. Zwei der Täuber sind älter als gedacht; ich würde sie dieses Jahr nicht mehr \
fliegen lassen.

Grüße aus Köln
Hans
@ ME
Danke, Hans! Ich schaue es mir heute Abend an und melde mich.

Mai
@ HANS
Keine Eile. Es grüßt das Straßenfest.

Hans
= Cuối tuần này về nhà không con?
@ MOTHER
Mai ơi,

Cuối tuần này con có về không? Bố làm lại chuồng bồ câu, còn mẹ nấu bún bò. Em Đức cũng về.

Nhớ mang áo ấm, Đà Nẵng mấy hôm nay trở gió.

Mẹ
@ ME
Dạ con về, chuyến tàu tối thứ sáu. Mẹ để phần con nhiều rau nha!

Mai
@ BROTHER
Em ra ga đón chị. Nhớ gửi em số toa {number}.

Đức
@ MOTHER
Ừ, cả nhà đợi con.

Mẹ
= Budget for {topic}
@ CAROL
Hi Mai,

the numbers for {topic} are in: we are {number} euros below the plan. May I move the rest to the next quarter, \
or do you want to buy the second scale now?

Carol
@ ME
Buy the scale, please. The old one loses ten grams on a cold day, and the vet needs exact figures.

Mai
@ CAROL
Ordered. It arrives on Tuesday.

Carol
= 春のレースについて ({number})
@ FUMIKO
マイ様

いつもお世話になっております。春のレースの日程が決まりました。四月十二日、奈良から東京まで、およそ三百七十キロです。

参加されますか。

佐藤
@ ME
Dear Sato-san,

thank you! We come with six birds. 楽しみにしています。

Mai
@ FUMIKO
ありがとうございます。書類は来週お送りします。

佐藤
= Họp nhóm: {topic}
@ LINH
Chào mọi người,

Thứ ba tuần này mình họp lúc 9 giờ nhé. Nội dung:

1. báo cáo tháng
2. hợp đồng với nhà cung cấp số {number}
3. lịch nghỉ phép

Linh
@ AN
Mình vào được. Nhờ Linh gửi trước bản báo cáo.

An
@ ME
Được ạ, hẹn gặp mọi người.

Mai
= A strange bug in {topic}
@ TOM
Since this morning the counter shows {number} birds, and there are 41. This is what the log says:

    07:31:02 gate   open
    07:31:02 count  +1
    07:31:02 count  +1
    07:31:03 gate   closed

Does one bird trip both sensors?

Tom
@ LINH
Yes: the second sensor has no dead time. A patch:

> - if sensor.fired:
> + if sensor.fired and now - last > 0.8:

I try it on the small gate first.

Linh
@ TOM
41 birds, 41 counted. Thank you!

Tom
--\x20
Tom Okafor
Weather and gates
"""


def _read(script: str) -> tuple[Conversation, ...]:
    found = []
    for text in script.split("= ", 1)[1].split("\n= "):
        subject, *turns = text.split("\n@ ")
        pairs = (turn.partition("\n") for turn in turns)
        found.append(Conversation(subject, tuple(Turn(getattr(people, name), said) for name, _, said in pairs)))
    return tuple(found)


CONVERSATIONS = _read(_SCRIPT)
