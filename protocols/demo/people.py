"""Who writes in the demo; every address is of a domain that nobody can own (RFC 2606)."""

from protocols.demo.compose import Person

ME = Person("Mai Phạm", "mai@pigeon.example")
ME_OLD = Person("Mai Phạm", "mai@letterbox.example")

AN = Person("Nguyễn Văn An", "an.nguyen@pigeon.example")
LINH = Person("Linh Đặng", "linh.dang@pigeon.example")
HANS = Person("Hans Müller", "hans@muster.example")
FUMIKO = Person("佐藤 文子", "fumiko.sato@kaisha.example")
CAROL = Person("Carol Díaz", "carol@pigeon.example")
TOM = Person("Tom Okafor", "tom@pigeon.example")
MOTHER = Person("Mẹ", "lan.pham@giadinh.example")
BROTHER = Person("Đức", "duc@giadinh.example")
LAYLA = Person("ليلى حداد", "layla@maktab.example")
OLGA = Person("Ольга Иванова", "olga@pochta.example")
MEI = Person("陈美", "mei.chen@gongsi.example")
PRIYA = Person("प्रिया शर्मा", "priya@karyalay.example")
CI = Person("Build robot", "builds@ci.example")
TRACKER = Person("Pigeon tracker", "tracker@pigeon.example")
SHOP = Person("Cà Phê Sáng", "orders@caphesang.example")
BANK = Person("Ngân hàng Bồ Câu", "thongbao@nganhang.example")
POWER = Person("Điện lực Đà Nẵng", "hoadon@dienluc.example")
RAIL = Person("Railways", "tickets@rail.example")
WEEKLY = Person("The Terminal Weekly", "weekly@terminal.example")
GARDEN = Person("Balcony Garden Club", "hello@garden.example")
STORE = Person("Paper & Ink", "offers@paperink.example")
