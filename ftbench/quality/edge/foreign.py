"""What customers write in other languages: short sentences of a support desk, each its own, none a translation of the next."""

SENTENCES = {
    "en": (
        "Good morning, where can I see the status of my request?",
        "I was charged twice and would like one of the two amounts back.",
        "The instructions that came with it are missing, can you send them to me?",
        "How long does it usually take until somebody answers?",
    ),
    "de": (
        "Guten Tag, wo finde ich den Stand meiner Anfrage?",
        "Ich habe seit einer Woche keine Antwort bekommen und werde langsam ungeduldig.",
        "Können Sie mir bitte die Rechnung noch einmal schicken? Die erste ist verloren gegangen.",
        "Das Gerät lässt sich nicht mehr einschalten, was soll ich tun?",
    ),
    "fr": (
        "Bonjour, j'aimerais savoir pourquoi ma demande n'a pas encore été traitée.",
        "Vous m'avez débité deux fois, pouvez-vous me rembourser ?",
        "Je n'arrive plus à me connecter à mon compte depuis hier soir.",
        "Pourriez-vous changer mon adresse avant l'envoi ?",
    ),
    "es": (
        "Hola, llevo tres días esperando una respuesta. ¿Pueden ayudarme?",
        "Quisiera cancelar el pedido que hice esta mañana.",
        "No entiendo por qué el importe es más alto que el mes pasado.",
        "¿Hasta qué hora está abierto el servicio de atención al cliente?",
    ),
    "it": (
        "Buongiorno, ho ricevuto un articolo diverso da quello che avevo ordinato.",
        "Come posso modificare i miei dati personali?",
        "Vorrei parlare con una persona e non con un programma.",
        "Il codice che mi avete mandato non funziona.",
    ),
    "pl": (
        "Dzień dobry, chciałbym zwrócić towar, którego nie używałem.",
        "Nie mogę znaleźć potwierdzenia, które powinno przyjść pocztą elektroniczną.",
        "Dlaczego nikt nie odbiera telefonu?",
        "Proszę o fakturę na firmę.",
    ),
    "tr": (
        "Merhaba, siparişim hâlâ gelmedi, nerede olduğunu öğrenebilir miyim?",
        "Şifremi unuttum ve yeni bir şifre alamıyorum.",
        "Aboneliğimi bu ayın sonunda bitirmek istiyorum.",
        "Ürün kırık geldi, ne yapmam gerekiyor?",
    ),
    "ja": (
        "こんにちは。注文した商品がまだ届いていません。いつ届きますか。",
        "請求書の金額が間違っているようです。確認していただけますか。",
        "パスワードを忘れてしまい、ログインできません。",
        "返品の方法を教えてください。",
    ),
    "ar": (
        "مرحبا، أريد أن أعرف متى سيصل طلبي.",
        "لقد دفعت مرتين عن طريق الخطأ، كيف أسترد المبلغ؟",
        "لا أستطيع الدخول إلى حسابي منذ أمس.",
        "هل يمكنني تغيير العنوان بعد إرسال الطلب؟",
    ),
}
NAMES = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "pl": "Polish", "tr": "Turkish", "ja": "Japanese",
    "ar": "Arabic",
}  # fmt: skip
