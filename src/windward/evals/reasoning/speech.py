"""Plain running text in the languages that IFEval asks for, without commas: filler for `obeying`."""

from __future__ import annotations

from collections.abc import Mapping

SPEECH: Mapping[str, str] = {
    "ar": "هذا نص بسيط وواضح باللغة العربية نكتبه اليوم لكي نجيب عن السؤال بطريقة مفيدة",
    "bg": "Това е прост и ясен текст на български език който пишем днес за да отговорим на въпроса",
    "bn": "এটি বাংলা ভাষায় লেখা একটি সহজ এবং পরিষ্কার লেখা যা আমরা আজ প্রশ্নের উত্তর দিতে লিখছি",
    "de": "Das ist ein einfacher und klarer Text in deutscher Sprache den wir heute als Antwort auf die Frage schreiben",
    "fa": "این یک متن ساده و روشن به زبان فارسی است که امروز برای پاسخ به این پرسش می نویسیم",
    "fi": "Tämä on yksinkertainen ja selkeä suomenkielinen teksti jonka kirjoitamme tänään vastauksena kysymykseen",
    "gu": "આ ગુજરાતી ભાષામાં લખેલો એક સરળ અને સ્પષ્ટ લેખ છે જે અમે આજે પ્રશ્નના જવાબમાં લખીએ છીએ",
    "hi": "यह हिन्दी भाषा में लिखा हुआ एक सरल और स्पष्ट लेख है जो हम आज प्रश्न के उत्तर में लिख रहे हैं",
    "it": "Questo è un testo semplice e chiaro in lingua italiana che scriviamo oggi per rispondere alla domanda",
    "kn": "ಇದು ಕನ್ನಡ ಭಾಷೆಯಲ್ಲಿ ಬರೆದ ಸರಳ ಮತ್ತು ಸ್ಪಷ್ಟವಾದ ಲೇಖನ ಇದನ್ನು ನಾವು ಇಂದು ಪ್ರಶ್ನೆಗೆ ಉತ್ತರವಾಗಿ ಬರೆಯುತ್ತೇವೆ",
    "ko": "이것은 오늘 우리가 질문에 대답하기 위해 한국어로 쓴 간단하고 분명한 글입니다",
    "mr": "हा मराठी भाषेत लिहिलेला एक साधा आणि स्पष्ट लेख आहे जो आम्ही आज प्रश्नाचे उत्तर म्हणून लिहीत आहोत",
    "ne": "यो नेपाली भाषामा लेखिएको एउटा सरल र स्पष्ट लेख हो जुन हामी आज प्रश्नको उत्तरमा लेखिरहेका छौं",
    "pa": "ਇਹ ਪੰਜਾਬੀ ਭਾਸ਼ਾ ਵਿੱਚ ਲਿਖਿਆ ਇੱਕ ਸੌਖਾ ਅਤੇ ਸਾਫ਼ ਲੇਖ ਹੈ ਜੋ ਅਸੀਂ ਅੱਜ ਸਵਾਲ ਦੇ ਜਵਾਬ ਵਿੱਚ ਲਿਖ ਰਹੇ ਹਾਂ",
    "pt": "Este é um texto simples e claro em língua portuguesa que não é longo e que escrevemos hoje para responder à questão",
    "ru": "Это простой и понятный текст на русском языке который мы сегодня пишем чтобы ответить на вопрос",
    "sw": "Haya ni maandishi rahisi na wazi kwa lugha ya Kiswahili ambayo tunaandika leo ili kujibu swali hili",
    "ta": "இது தமிழ் மொழியில் எழுதப்பட்ட எளிமையான மற்றும் தெளிவான உரை இதை நாங்கள் இன்று கேள்விக்கு பதிலாக எழுதுகிறோம்",
    "te": "ఇది తెలుగు భాషలో రాసిన సరళమైన మరియు స్పష్టమైన వ్యాసం దీనిని మేము ఈరోజు ప్రశ్నకు సమాధానంగా రాస్తున్నాము",
    "th": "นี่คือข้อความภาษาไทยที่เรียบง่ายและชัดเจนซึ่งเราเขียนในวันนี้เพื่อตอบคำถาม",
    "ur": "یہ اردو زبان میں لکھی گئی ایک آسان اور واضح تحریر ہے جو ہم آج سوال کے جواب میں لکھ رہے ہیں",
    "vi": "Đây là một bài viết đơn giản và rõ ràng bằng tiếng Việt mà chúng tôi viết hôm nay để trả lời câu hỏi",
}

ENGLISH = (
    "this is a simple plain text about what we want to write today",
    "it all goes on in the same way as before and nobody minds",
    "we think that the house by the river has a very old garden",
    "they will go out and look for some more of them in the morning",
    "most birds sing high up in old oaks by dawn",
    "his dog ran on with his old pals",
)
"""English sentences without a stop, a comma or a capital; between them they can do without most single letters."""
