//! # Names of special folders
//! What mail programs and webmail call them: Outlook and Exchange, Apple Mail, Thunderbird, Gmail, Roundcube and others.
//! Lower case, NFC. A name that means one thing in one language and another in the next is in no list.

use super::SpecialUse;

/// Names by use.
pub const TABLE: &[(SpecialUse, &[&str])] = &[
    (SpecialUse::Sent, SENT),
    (SpecialUse::Drafts, DRAFTS),
    (SpecialUse::Trash, TRASH),
    (SpecialUse::Junk, JUNK),
    (SpecialUse::Archive, ARCHIVE),
];

#[rustfmt::skip]
const SENT: &[&str] = &[
    // English
    "sent", "sent items", "sent messages", "sent mail", "sent-mail", "sent_mail", "sentmail", "sent-items", "sent objects",
    // German
    "gesendet", "gesendete elemente", "gesendete objekte", "gesendete nachrichten", "gesendete e-mails", "gesendete mails", "postausgang gesendet",
    // French
    "envoyés", "envoyé", "éléments envoyés", "messages envoyés", "courrier envoyé", "objets envoyés", "courriers envoyés", "mails envoyés",
    // Spanish
    "enviados", "enviado", "elementos enviados", "mensajes enviados", "correo enviado", "correos enviados",
    // Italian
    "inviati", "inviata", "posta inviata", "messaggi inviati", "elementi inviati",
    // Portuguese
    "enviadas", "itens enviados", "mensagens enviadas", "e-mails enviados", "correio enviado", "enviadas mensagens",
    // Catalan
    "enviats", "elements enviats",
    // Dutch
    "verzonden", "verzonden items", "verzonden berichten", "verstuurd", "verzonden e-mail", "verzonden objecten",
    // Polish
    "wysłane", "elementy wysłane", "wysłane wiadomości", "poczta wysłana", "wiadomości wysłane",
    // Czech and Slovak
    "odeslané", "odeslaná pošta", "odeslané zprávy", "odeslané položky", "odoslané", "odoslaná pošta", "odoslané položky",
    // Russian
    "отправленные", "отправленное", "отправленные письма", "отправленные сообщения",
    // Ukrainian
    "надіслані", "відправлені", "надіслані листи", "надіслане",
    // Bulgarian
    "изпратени", "изпратена поща",
    // Greek
    "απεσταλμένα", "απεσταλμένα μηνύματα", "σταλμένα",
    // Romanian
    "trimise", "elemente trimise", "mesaje trimise",
    // Hungarian
    "elküldött", "elküldött elemek", "elküldött üzenetek", "elküldött levelek",
    // Turkish
    "gönderilmiş öğeler", "gönderilen", "gönderilenler", "gönderilmiş postalar", "gönderilmiş", "gönderilen öğeler",
    // Swedish
    "skickat", "skickade", "skickade objekt", "skickade meddelanden", "skickad e-post",
    // Danish
    "sendt post", "sendte elementer", "sendte beskeder", "sendte mails",
    // Norwegian, and Danish
    "sendt", "sendte", "sendte objekter", "sendte meldinger", "sendt e-post",
    // Finnish
    "lähetetyt", "lähetetyt viestit", "lähetetyt kohteet", "lähetetty posti", "lähetetty",
    // Japanese
    "送信済み", "送信済みアイテム", "送信済みメール", "送信済みメッセージ", "送信済", "送信済みトレイ", "送信控え",
    // Chinese
    "已发送", "已发送邮件", "已发邮件", "已发送的邮件", "已发送项目", "已寄送郵件", "寄件備份", "寄件备份", "已傳送", "已傳送郵件", "已傳送的郵件",
    "已傳送項目",
    // Korean
    "보낸 편지함", "보낸편지함", "보낸메일함", "보낸 메일함", "보낸 메일", "보낸 메시지", "보낸 항목",
    // Hebrew, Arabic
    "נשלח", "פריטים שנשלחו", "דואר שנשלח", "العناصر المرسلة", "المرسل", "البريد المرسل", "الرسائل المرسلة",
];

#[rustfmt::skip]
const DRAFTS: &[&str] = &[
    // English
    "drafts", "draft", "draft messages",
    // German
    "entwürfe", "entwurf",
    // French
    "brouillons", "brouillon",
    // Spanish
    "borradores", "borrador",
    // Italian
    "bozze", "bozza",
    // Portuguese
    "rascunhos", "rascunho",
    // Catalan
    "esborranys",
    // Dutch
    "concepten", "concept",
    // Polish
    "szkice", "kopie robocze", "wersje robocze", "robocze",
    // Czech and Slovak
    "koncepty", "rozepsané", "rozepsané zprávy", "rozpísané",
    // Russian
    "черновики", "черновик",
    // Ukrainian
    "чернетки",
    // Bulgarian
    "чернови",
    // Greek
    "πρόχειρα",
    // Romanian
    "ciorne", "schițe",
    // Hungarian
    "piszkozatok", "vázlatok", "piszkozat",
    // Turkish
    "taslaklar", "taslak",
    // Swedish and Norwegian
    "utkast",
    // Danish, Norwegian
    "kladder", "udkast", "kladd",
    // Finnish
    "luonnokset",
    // Japanese
    "下書き", "下書き保存", "草稿",
    // Chinese
    "草稿箱", "草稿夹", "草稿匣",
    // Korean
    "임시 보관함", "임시보관함", "임시 보관", "초안", "임시저장함", "임시 저장 메시지",
    // Hebrew, Arabic
    "טיוטות", "المسودات", "مسودات",
];

#[rustfmt::skip]
const TRASH: &[&str] = &[
    // English
    "trash", "deleted items", "deleted messages", "deleted", "bin", "deleted mail", "deleted-items", "wastebasket", "recycle bin",
    // German
    "papierkorb", "gelöscht", "gelöschte elemente", "gelöschte objekte", "gelöschte nachrichten",
    // French
    "corbeille", "éléments supprimés", "messages supprimés", "poubelle", "supprimés", "objets supprimés",
    // Spanish
    "papelera", "papelera de reciclaje", "elementos eliminados", "eliminados", "mensajes eliminados", "correo eliminado",
    // Italian
    "cestino", "posta eliminata", "elementi eliminati", "eliminati", "messaggi eliminati",
    // Portuguese
    "lixeira", "lixo", "itens eliminados", "itens excluídos", "excluídos", "mensagens excluídas", "reciclagem",
    // Catalan
    "paperera", "elements suprimits",
    // Dutch
    "prullenbak", "prullenmand", "verwijderde items", "verwijderd", "verwijderde berichten",
    // Polish
    "kosz", "elementy usunięte", "usunięte",
    // Czech and Slovak
    "koš", "odstraněná pošta", "odstraněné položky", "odstraněné", "kôš", "odstránené položky", "odstránená pošta",
    // Russian
    "корзина", "удаленные", "удалённые", "удаленное", "удалённое",
    // Ukrainian
    "кошик", "видалені", "видалене", "смітник",
    // Bulgarian
    "кошче", "изтрити",
    // Greek
    "κάδος απορριμμάτων", "διαγραμμένα", "κάδος", "απορρίμματα", "διεγραμμένα",
    // Romanian
    "coș de gunoi", "elemente șterse", "coșul de gunoi", "gunoi",
    // Hungarian
    "törölt elemek", "kuka", "lomtár", "törölt",
    // Turkish
    "çöp kutusu", "silinmiş öğeler", "çöp", "silinenler", "silinen öğeler",
    // Swedish
    "papperskorg", "papperskorgen", "borttaget", "borttagna objekt", "borttagna",
    // Danish, Norwegian
    "papirkurv", "papirkurven", "slettet post", "slettet", "slettede elementer", "slettede", "slettede objekter",
    // Finnish
    "roskakori", "poistetut", "poistetut viestit", "poistetut kohteet",
    // Japanese
    "ゴミ箱", "ごみ箱", "削除済みアイテム", "削除済み", "削除済みメッセージ", "ゴミばこ",
    // Chinese
    "已删除", "已删除邮件", "已删除的邮件", "已删除项目", "废纸篓", "垃圾桶", "回收站", "刪除的郵件", "已刪除", "已刪除的郵件", "已刪除郵件", "垃圾筒",
    // Korean
    "휴지통", "지운 편지함", "지운편지함", "지운메일함", "삭제된 항목", "지운 메일", "삭제한 메시지",
    // Hebrew, Arabic
    "אשפה", "פריטים שנמחקו", "العناصر المحذوفة", "المهملات", "سلة المهملات",
];

#[rustfmt::skip]
const JUNK: &[&str] = &[
    // English; the word "spam" is at home in most languages
    "junk", "spam", "junk e-mail", "junk email", "junk mail", "junk-e-mail", "bulk", "bulk mail", "spam mail",
    // German
    "junk-e-mail-ordner", "spamverdacht", "unerwünscht", "unerwünschte werbung", "werbung", "spam-verdacht",
    // French
    "courrier indésirable", "indésirables", "pourriel", "pourriels", "indésirable", "courriers indésirables", "messages indésirables",
    // Spanish
    "correo no deseado", "correo basura", "no deseado", "no deseados",
    // Italian
    "posta indesiderata", "indesiderata", "posta spazzatura",
    // Portuguese
    "lixo eletrônico", "lixo electrónico", "correio electrónico não solicitado", "correio não solicitado", "lixo eletrónico", "e-mail de lixo",
    // Catalan
    "correu brossa",
    // Dutch
    "ongewenste e-mail", "ongewenste mail", "ongewenst", "reclame",
    // Polish
    "wiadomości-śmieci", "niechciane", "wiadomości śmieci", "śmieci", "niechciana poczta",
    // Czech and Slovak
    "nevyžádaná pošta", "nevyžádané", "nevyžiadaná pošta", "nevyžiadané",
    // Russian
    "спам", "нежелательная почта", "нежелательные",
    // Ukrainian
    "небажана пошта", "небажані",
    // Bulgarian
    "нежелана поща",
    // Greek
    "ανεπιθύμητα", "ανεπιθύμητη αλληλογραφία", "ανεπιθύμητη",
    // Romanian
    "mesaje nedorite", "nedorite", "e-mail nedorit",
    // Hungarian
    "levélszemét", "spam-gyanús",
    // Turkish
    "önemsiz", "önemsiz e-posta", "gereksiz", "istenmeyen", "istenmeyen e-posta", "gereksiz e-posta",
    // Swedish
    "skräppost", "skräp",
    // Danish, Norwegian
    "uønsket post", "uønsket mail", "uønsket e-mail", "søppelpost", "søppel-e-post", "uønsket e-post", "uønsket",
    // Finnish
    "roskaposti",
    // Japanese
    "迷惑メール", "迷惑メールフォルダ", "スパム", "迷惑メッセージ",
    // Chinese
    "垃圾邮件", "垃圾電子郵件", "垃圾電郵", "垃圾郵件", "垃圾信件", "垃圾电子邮件", "广告邮件",
    // Korean
    "스팸", "스팸함", "스팸메일함", "스팸 메일함", "스팸메일", "정크 메일", "정크메일", "정크",
    // Hebrew, Arabic
    "דואר זבל", "זבל", "البريد غير الهام", "البريد الإلكتروني غير الهام", "بريد مزعج",
];

#[rustfmt::skip]
const ARCHIVE: &[&str] = &[
    // English, and French
    "archive", "archives", "archived",
    // German, Czech, Slovak
    "archiv", "archiviert", "archivierte elemente",
    // French
    "archivés", "archivées",
    // Spanish
    "archivo", "archivados", "archivado",
    // Italian
    "archivio", "archiviati", "archiviata",
    // Portuguese
    "arquivo", "arquivo morto", "arquivados", "arquivadas", "arquivos",
    // Catalan
    "arxiu", "arxiva",
    // Dutch
    "archief", "gearchiveerd",
    // Polish
    "archiwum", "zarchiwizowane", "archiwa",
    // Czech and Slovak
    "archív", "archivované",
    // Russian and Bulgarian
    "архив", "архивы",
    // Ukrainian
    "архів", "архіви",
    // Greek
    "αρχείο", "αρχειοθήκη", "αρχειοθετημένα",
    // Romanian
    "arhivă", "arhiva", "arhive",
    // Hungarian
    "archívum", "archivált",
    // Turkish
    "arşiv", "arşivlenmiş", "arşivler",
    // Swedish, Danish, Norwegian
    "arkiv", "arkiverat", "arkiveret", "arkivert",
    // Finnish
    "arkisto", "arkistoidut", "arkistoitu",
    // Japanese
    "アーカイブ", "保管", "保存",
    // Chinese
    "存档", "归档", "封存", "封存郵件", "歸檔", "存檔",
    // Korean
    "보관함", "보관", "아카이브", "보관 편지함",
    // Hebrew, Arabic
    "ארכיון", "الأرشيف", "أرشيف", "الارشيف",
];
