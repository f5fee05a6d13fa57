"""What mail programs and providers call the folders that have a role, in many languages."""

from store.model import Role

NAMES: dict[Role, tuple[str, ...]] = {
    Role.SENT: (
        "Sent", "Sent Items", "Sent Messages", "Sent Mail", "Outbox Sent", "Đã gửi", "Thư đã gửi", "Mục đã gửi",
        "Gesendet", "Gesendete Elemente", "Gesendete Objekte", "Envoyés", "Éléments envoyés",
        "Messages envoyés", "Enviados", "Elementos enviados", "Itens enviados", "Posta inviata", "Inviati",
        "Verzonden", "Verzonden items", "Wysłane", "Elementy wysłane", "Отправленные", "Надіслані", "已发送",
        "已发送邮件", "已傳送", "寄件備份", "送信済み", "送信済みメール", "送信済みトレイ", "送信済みアイテム",
        "보낸 편지함", "보낸메일함", "보낸 메일", "Skickat", "Skickade objekt", "Sendt", "Sendt post",
        "Sendte elementer", "Lähetetyt", "Odeslaná pošta", "Odeslané", "Gönderilmiş Öğeler", "Gönderilmiş",
        "Elküldött elemek", "Απεσταλμένα", "נשלח", "البريد المرسل",
    ),
    Role.DRAFTS: (
        "Drafts", "Draft", "Nháp", "Thư nháp", "Bản nháp", "Entwürfe", "Brouillons", "Borradores", "Rascunhos",
        "Bozze", "Concepten", "Szkice", "Wersje robocze", "Robocze", "Черновики", "Чернетки", "草稿", "草稿箱",
        "下書き", "임시 보관함", "임시보관함", "Utkast", "Kladder", "Luonnokset", "Koncepty", "Rozepsané",
        "Taslaklar", "Piszkozatok", "Πρόχειρα", "טיוטות", "المسودات",
    ),
    Role.TRASH: (
        "Trash", "Deleted Items", "Deleted Messages", "Deleted", "Bin", "Thùng rác", "Đã xóa", "Đã xoá",
        "Thư đã xóa", "Mục đã xóa", "Papierkorb", "Gelöscht", "Gelöschte Elemente", "Gelöschte Objekte",
        "Corbeille", "Éléments supprimés", "Papelera", "Elementos eliminados", "Lixeira", "Lixo",
        "Itens excluídos", "Cestino", "Posta eliminata", "Prullenbak", "Verwijderde items", "Kosz",
        "Elementy usunięte", "Корзина", "Удаленные", "Удалённые", "Кошик", "已删除", "已删除邮件", "垃圾桶",
        "刪除的郵件", "ゴミ箱", "削除済みアイテム", "휴지통", "Papperskorgen", "Borttagna objekt", "Papirkurv",
        "Slettet post", "Slettede elementer", "Roskakori", "Poistetut", "Koš", "Odstraněná pošta",
        "Silinmiş Öğeler", "Çöp Kutusu", "Törölt elemek", "Κάδος απορριμμάτων", "אשפה", "المهملات",
    ),
    Role.JUNK: (
        "Junk", "Spam", "Junk E-mail", "Junk Email", "Junk Mail", "Bulk Mail", "Bulk", "Thư rác",
        "Thư linh tinh", "Junk-E-Mail", "Spamverdacht", "Courrier indésirable", "Indésirables", "Pourriel",
        "Correo no deseado", "Lixo eletrônico", "Posta indesiderata", "Ongewenste e-mail", "Wiadomości-śmieci",
        "Спам", "垃圾邮件", "垃圾郵件", "迷惑メール", "스팸", "스팸메일함", "정크 메일", "Skräppost",
        "Søppelpost", "Uønsket e-post", "Uønsket post", "Roskaposti", "Nevyžádaná pošta", "Önemsiz", "Gereksiz",
        "Levélszemét", "Ανεπιθύμητα", "דואר זבל",
    ),
    Role.ARCHIVE: (
        "Archive", "Archives", "Archived", "Lưu trữ", "Archiv", "Archivo", "Archivio", "Archief", "Arquivo",
        "Archiwum", "Архив", "归档", "存档", "アーカイブ",
    ),
    Role.ALL: (
        "All Mail", "Tất cả thư", "Alle Nachrichten", "Tous les messages", "Todos", "Todos los mensajes",
        "Todos os e-mails", "Tutti i messaggi", "Alle berichten", "Вся почта", "所有邮件",
    ),
}  # fmt: skip
"""By role, the likelier first."""
