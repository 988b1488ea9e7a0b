"""The words by which customers stop text messages and start them again, by language.

The English ones are those that US carriers and Twilio demand (https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out,
CTIA Messaging Principles 5.1.3); the others are what people write in the languages that our messages are written in,
and in Spanish. All are in the form that `meaning.words_of` returns: lower case, without accents and punctuation.
"""

from dataclasses import dataclass


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _phrases(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(line.split()) for line in text.strip().splitlines())


@dataclass(frozen=True)
class Vocabulary:
    """The words of one language. `stop` and `start` count with any of the words `around` them.

    Those in `_alone` also mean other things (to cancel a visit, to start work): they count only by themselves, with a
    polite phrase, or with a word of `about`.
    """

    stop: frozenset[str]
    stop_alone: frozenset[str]
    start: frozenset[str]
    start_alone: frozenset[str]
    about: frozenset[str]
    around: frozenset[str]
    stop_phrases: tuple[tuple[str, ...], ...] = ()
    start_phrases: tuple[tuple[str, ...], ...] = ()


#: Polite phrases, whatever language the rest is in; the longest first.
POLITE_PHRASES = _phrases(
    """
    thank you very much
    thank you so much
    if you please
    thank you
    many thanks
    kind regards
    vielen dank
    danke schon
    sil vous plait
    s il vous plait
    sil te plait
    merci beaucoup
    merci bien
    por favor
    muchas gracias
    من فضلك
    من فضلكم
    لو سمحت
    لو سمحتم
    لو سمحتي
    شكرا جزيلا
    شكرا لكم
    תודה רבה
    """
)
POLITE = _words(
    "please pls plz plse thanks thank thx ty cheers hi hello hey dear sir madam regards "
    "bitte danke dankeschon hallo lg mfg grusse svp stp merci veuillez bonjour porfavor porfa gracias hola "
    "رجاء شكرا مرحبا בבקשה תודה נא אנא שלום"
)

ENGLISH = Vocabulary(
    stop=_words("stop stopall unsubscribe optout unsub stopit"),
    stop_alone=_words("cancel end quit revoke"),
    start=_words("unstop resubscribe optin"),
    start_alone=_words("start restart resume continue subscribe begin"),
    about=_words(
        "text texts texting message messages messaging msg msgs sms notification notifications alerts reminders"
    ),
    around=_words(
        "all it this that these those the them my me us to from now again immediately right away at once sending send "
        "getting receiving you can could would will i id want wish like your any anymore more and wrong number the list"
    ),
    stop_phrases=_phrases(
        """
        opt out
        opt me out
        take me off
        remove me
        no more texts
        no more text messages
        no more messages
        no more sms
        dont text me
        do not text me
        dont message me
        do not message me
        dont send me
        do not send me
        """
    ),
    start_phrases=_phrases(
        """
        opt in
        opt me in
        start again
        """
    ),
)
GERMAN = Vocabulary(
    stop=_words("stop stopp stoppen stoppt stoppe abmelden abbestellen abmeldung austragen"),
    stop_alone=_words("ende beenden aufhoren kundigen widerrufen"),
    start=_words("anmelden anmeldung"),
    start_alone=_words("start starten weiter fortsetzen"),
    about=_words("sms nachricht nachrichten mitteilungen benachrichtigungen erinnerungen"),
    around=_words(
        "ich mochte will wollen sie du das es die den diese dieses mich mir uns alle alles mit damit jetzt sofort "
        "endlich von der ihre wieder erneut zu mehr senden schicken"
    ),
    stop_phrases=_phrases(
        """
        horen sie auf
        hort auf
        hor auf
        keine sms
        keine nachrichten
        keine weiteren nachrichten
        keine weiteren sms
        """
    ),
)
FRENCH = Vocabulary(
    stop=_words(
        "stop arret arrete arretez arreter darreter desabonner desabonnez desinscrire desinscrivez desinscription"
    ),
    stop_alone=_words("fin annuler cesser cessez resilier"),
    start=_words("reprendre reprenez reabonner reabonnez"),
    start_alone=_words("commencer recommencer continuer demarrer"),
    about=_words("sms message messages texto textos notification notifications"),
    around=_words(
        "ca cela les le des ces de vos votre me moi mes je veux voudrais tout tous toutes maintenant denvoyer menvoyer "
        "souhaite souhaiterais "
        "denvoyez envoyer lenvoi plus jamais aux a"
    ),
    stop_phrases=_phrases(
        """
        ne menvoyez plus
        ne plus menvoyer
        ne plus envoyer
        plus de sms
        plus de messages
        plus de textos
        plus aucun message
        plus aucun sms
        """
    ),
)
SPANISH = Vocabulary(
    stop=_words("stop parar paren detener detengan basta desuscribir desuscribirme"),
    stop_alone=_words("para pare alto cancelar baja fin"),
    start=_words("reanudar reactivar"),
    start_alone=_words("iniciar empezar comenzar continuar alta"),
    about=_words("sms mensaje mensajes textos notificaciones avisos"),
    around=_words(
        "de los las el mis sus me mi estos estas esto quiero quisiera ya todo todos todas enviar enviarme mandar "
        "mandarme recibir mas ahora"
    ),
    stop_phrases=_phrases(
        """
        darme de baja
        dar de baja
        denme de baja
        no mas mensajes
        no mas sms
        no quiero mas mensajes
        no quiero mas sms
        dejen de enviar
        dejen de enviarme
        dejen de mandar
        dejen de mandarme
        """
    ),
)
# ابدأ is "start" and أبدا is "never"; without the hamza both are written ابدا, which therefore counts as neither.
ARABIC = Vocabulary(
    stop=_words("توقف توقفوا توقفي إيقاف ايقاف أيقاف أوقف اوقف أوقفوا اوقفوا stop"),
    stop_alone=_words("إلغاء الغاء الغ ألغ قف وقف كفى كفاية"),
    start=_words("ابدأ إبدأ ابدأوا ابدؤوا استئناف اشترك"),
    start_alone=_words("استمر استمروا اشتراك تشغيل start"),
    about=_words("رسائل الرسائل رسالة رسائلكم الرسالة الإشعارات الاشعارات sms"),
    around=_words("عن هذا هذه ارسال إرسال الإرسال الارسال لي كل جميع الآن الان النصية أريد اريد في"),
    stop_phrases=_phrases(
        """
        إلغاء الاشتراك
        الغاء الاشتراك
        إلغاء اشتراكي
        الغاء اشتراكي
        لا ترسلوا
        لا ترسل
        """
    ),
)
HEBREW = Vocabulary(
    stop=_words("הסר הסירו הסירי הסרה להסרה להסיר עצור עצרו עצרי הפסק הפסיקו תפסיק תפסיקו stop"),
    stop_alone=_words("די בטל ביטול לבטל מספיק"),
    start=_words("התחל התחילו התחילי הצטרף"),
    start_alone=_words("המשך המשיכו לחדש חידוש start"),
    about=_words("הודעות ההודעות הודעה מסרונים המסרונים סמס sms"),
    around=_words("אותי את לי לשלוח עם זה מרשימת מהרשימה התפוצה רוצה אני מיד עכשיו כל"),
    stop_phrases=_phrases(
        """
        אל תשלחו
        אל תשלח
        """
    ),
)
VOCABULARIES = (ENGLISH, GERMAN, FRENCH, SPANISH, ARABIC, HEBREW)

#: Carriers take it for START, but people answer any question with it: only as the whole text.
START_EXACTLY = _words("yes")
HELP = _words("help info hilfe aide ayuda مساعدة עזרה")
