"""The words by which customers stop text messages and start them again, by language.

The English ones are those that US carriers and Twilio demand (https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out,
CTIA Messaging Principles 5.1.3); the others are what people write in the languages that our messages are written in,
and in Spanish. All are in the form that `meaning.words_of` returns: lower case, without accents and punctuation.
"""

from dataclasses import dataclass


def set_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


def phrases_of(text: str) -> tuple[tuple[str, ...], ...]:
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
POLITE_PHRASES = phrases_of(
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
POLITE = set_of(
    "please pls plz plse thanks thank thx ty cheers hi hello hey dear sir madam regards "
    "bitte danke dankeschon hallo lg mfg grusse svp stp merci veuillez bonjour porfavor porfa gracias hola "
    "رجاء شكرا مرحبا בבקשה תודה נא אנא שלום"
)

ENGLISH = Vocabulary(
    stop=set_of("stop stopall unsubscribe optout unsub stopit"),
    stop_alone=set_of("cancel end quit revoke"),
    start=set_of("unstop resubscribe optin"),
    start_alone=set_of("start restart resume continue subscribe begin"),
    about=set_of(
        "text texts texting message messages messaging msg msgs sms notification notifications alerts reminders"
    ),
    around=set_of(
        "all it this that these those the them my me us to from now again immediately right away at once sending send "
        "getting receiving you can could would will i id want wish like your any anymore more and wrong number the list"
    ),
    stop_phrases=phrases_of(
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
    start_phrases=phrases_of(
        """
        opt in
        opt me in
        start again
        """
    ),
)
GERMAN = Vocabulary(
    stop=set_of("stop stopp stoppen stoppt stoppe abmelden abbestellen abmeldung austragen"),
    stop_alone=set_of("ende beenden aufhoren kundigen widerrufen"),
    start=set_of("anmelden anmeldung"),
    start_alone=set_of("start starten weiter fortsetzen"),
    about=set_of("sms nachricht nachrichten mitteilungen benachrichtigungen erinnerungen"),
    around=set_of(
        "ich mochte will wollen sie du das es die den diese dieses mich mir uns alle alles mit damit jetzt sofort "
        "endlich von der ihre wieder erneut zu mehr senden schicken"
    ),
    stop_phrases=phrases_of(
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
    stop=set_of(
        "stop arret arrete arretez arreter darreter desabonner desabonnez desinscrire desinscrivez desinscription"
    ),
    stop_alone=set_of("fin annuler cesser cessez resilier"),
    start=set_of("reprendre reprenez reabonner reabonnez"),
    start_alone=set_of("commencer recommencer continuer demarrer"),
    about=set_of("sms message messages texto textos notification notifications"),
    around=set_of(
        "ca cela les le des ces de vos votre me moi mes je veux voudrais tout tous toutes maintenant denvoyer menvoyer "
        "souhaite souhaiterais "
        "denvoyez envoyer lenvoi plus jamais aux a"
    ),
    stop_phrases=phrases_of(
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
    stop=set_of("stop parar paren detener detengan basta desuscribir desuscribirme"),
    stop_alone=set_of("para pare alto cancelar baja fin"),
    start=set_of("reanudar reactivar"),
    start_alone=set_of("iniciar empezar comenzar continuar alta"),
    about=set_of("sms mensaje mensajes textos notificaciones avisos"),
    around=set_of(
        "de los las el mis sus me mi estos estas esto quiero quisiera ya todo todos todas enviar enviarme mandar "
        "mandarme recibir mas ahora"
    ),
    stop_phrases=phrases_of(
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
    stop=set_of("توقف توقفوا توقفي إيقاف ايقاف أيقاف أوقف اوقف أوقفوا اوقفوا stop"),
    stop_alone=set_of("إلغاء الغاء الغ ألغ قف وقف كفى كفاية"),
    start=set_of("ابدأ إبدأ ابدأوا ابدؤوا استئناف اشترك"),
    start_alone=set_of("استمر استمروا اشتراك تشغيل start"),
    about=set_of("رسائل الرسائل رسالة رسائلكم الرسالة الإشعارات الاشعارات sms"),
    around=set_of("عن هذا هذه ارسال إرسال الإرسال الارسال لي كل جميع الآن الان النصية أريد اريد في"),
    stop_phrases=phrases_of(
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
    stop=set_of("הסר הסירו הסירי הסרה להסרה להסיר עצור עצרו עצרי הפסק הפסיקו תפסיק תפסיקו stop"),
    stop_alone=set_of("די בטל ביטול לבטל מספיק"),
    start=set_of("התחל התחילו התחילי הצטרף"),
    start_alone=set_of("המשך המשיכו לחדש חידוש start"),
    about=set_of("הודעות ההודעות הודעה מסרונים המסרונים סמס sms"),
    around=set_of("אותי את לי לשלוח עם זה מרשימת מהרשימה התפוצה רוצה אני מיד עכשיו כל"),
    stop_phrases=phrases_of(
        """
        אל תשלחו
        אל תשלח
        """
    ),
)
VOCABULARIES = (ENGLISH, GERMAN, FRENCH, SPANISH, ARABIC, HEBREW)

#: Carriers take it for START, but people answer any question with it: only as the whole text.
START_EXACTLY = set_of("yes")
HELP = set_of("help info hilfe aide ayuda مساعدة עזרה")
