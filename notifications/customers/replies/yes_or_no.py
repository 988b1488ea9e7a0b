"""Whether a text reply says yes or no to a question, by language.

As with STOP (meaning.py) the whole text must consist of words for it and polite phrases, and be either one: "Yes, but
later" is for a person to read. All words are in the form that `meaning.words_of` returns.
"""

import re
from dataclasses import dataclass

from notifications.customers.replies.meaning import MOST_LETTERS, without, words_of
from notifications.customers.replies.vocabulary import POLITE, POLITE_PHRASES, phrases_of, set_of

#: Whole texts of nothing else; thumbs come in several skin tones.
THUMBS_UP, THUMBS_DOWN = re.compile(r"[👍👌✅✔]+"), re.compile(r"[👎❌]+")
TONES = re.compile("[\U0001f3fb-\U0001f3ff\ufe0f\\s]")


@dataclass(frozen=True)
class AnswerWords:
    """The words of one language. Those of `no_alone` count only by themselves or with a polite phrase.

    Phrases are looked for first: "no problem" is a yes. `around` are words that may stand beside an answer.
    """

    yes: frozenset[str]
    no: frozenset[str]
    no_alone: frozenset[str]
    around: frozenset[str]
    yes_phrases: tuple[tuple[str, ...], ...] = ()
    no_phrases: tuple[tuple[str, ...], ...] = ()


#: Understood in every language.
EVERYWHERE = set_of("ok okay oki okey okeydokey")

ENGLISH = AnswerWords(
    yes=set_of("yes y c confirm confirmed confirming yep yeah yup sure perfect great fine agreed accepted"),
    no=set_of("no n nope nah"),
    no_alone=set_of("change reschedule"),
    around=set_of("i we it that this is its the time visit appointment me us for with all very absolutely sorry"),
    yes_phrases=phrases_of(
        """
        that works for me
        works for me
        that works
        suits me
        suits us
        sounds good
        looks good
        all good
        no problem
        no worries
        see you then
        see you
        good for me
        """
    ),
    no_phrases=phrases_of(
        """
        does not suit me
        doesnt suit me
        does not suit
        doesnt suit
        does not work for me
        doesnt work for me
        does not work
        doesnt work
        i cant make it
        cant make it
        i cannot make it
        cannot make it
        """
    ),
)
GERMAN = AnswerWords(
    yes=set_of("ja j jawohl jep jo klar gerne bestatigt bestatige bestatigen einverstanden passt perfekt prima super"),
    no=set_of("nein nee ne"),
    no_alone=set_of("andern verschieben"),
    around=set_of("ich wir das der die den termin mir uns hiermit es ist fur alles sehr gut leider"),
    yes_phrases=phrases_of(
        """
        in ordnung
        geht klar
        alles klar
        kein problem
        passt mir
        passt uns
        """
    ),
    no_phrases=phrases_of(
        """
        passt mir leider nicht
        passt leider nicht
        passt mir nicht
        passt uns nicht
        passt nicht
        geht leider nicht
        geht nicht
        """
    ),
)
FRENCH = AnswerWords(
    yes=set_of("oui o ouais daccord confirme confirmer confirmons confirmee parfait entendu"),
    no=set_of("non"),
    no_alone=set_of("changer modifier"),
    around=set_of("je nous jle le la rendezvous rendez vous rdv ca cest tout tres pour moi desole desolee bien"),
    yes_phrases=phrases_of(
        """
        ca me va
        cela me va
        ca nous va
        ca me convient
        cela me convient
        cest bon
        cest note
        pas de probleme
        pas de souci
        pas de soucis
        """
    ),
    no_phrases=phrases_of(
        """
        ca ne me va pas
        cela ne me va pas
        ca ne me convient pas
        cela ne me convient pas
        je ne peux pas
        """
    ),
)
SPANISH = AnswerWords(
    yes=set_of("si s claro confirmo confirmar confirmado confirmada confirmamos vale perfecto correcto acuerdo"),
    no=set_of("no"),
    no_alone=set_of("cambiar modificar"),
    around=set_of("yo la cita el esta bien todo muy de lo siento me nos para mi que"),
    yes_phrases=phrases_of(
        """
        me viene bien
        me va bien
        esta bien
        de acuerdo
        no hay problema
        """
    ),
    no_phrases=phrases_of(
        """
        no me viene bien
        no me va bien
        no puedo
        """
    ),
)
ARABIC = AnswerWords(
    yes=set_of(
        "نعم أجل اجل ايوه ايوا أيوه أكيد اكيد موافق موافقة تمام أؤكد اؤكد تأكيد تاكيد مؤكد حسنا طيب مناسب يناسبني"
    ),
    no=set_of("لا كلا"),
    no_alone=set_of("تغيير غير"),
    around=set_of("الموعد الوقت هذا لي أنا انا على آسف اسف للأسف للاسف"),
    yes_phrases=phrases_of(
        """
        لا مشكلة
        لا بأس
        لا مانع
        """
    ),
    no_phrases=phrases_of(
        """
        لا يناسبني
        غير مناسب
        لا أستطيع
        لا استطيع
        """
    ),
)
HEBREW = AnswerWords(
    yes=set_of("כן בסדר מאשר מאשרת מאשרים אישור אוקיי אוקי סבבה מעולה מתאים בטח"),
    no=set_of("לא"),
    no_alone=set_of("שינוי לשנות"),
    around=set_of("אני אנחנו את הביקור התור המועד השעה לי לנו זה גמור סליחה מצטער מצטערת"),
    yes_phrases=phrases_of(
        """
        אין בעיה
        אין בעייה
        """
    ),
    no_phrases=phrases_of(
        """
        לא מתאים
        לא יכול
        לא יכולה
        לא יכולים
        """
    ),
)
ANSWERS = (ENGLISH, GERMAN, FRENCH, SPANISH, ARABIC, HEBREW)


def answer_of(text: str) -> bool | None:
    """Return whether a text says yes or no, or None if it may mean anything else."""
    if (thumbs := _thumbs(TONES.sub("", text))) is not None:
        return thumbs
    words = words_of(text) if len(text) <= MOST_LETTERS else []
    rest = [word for word in without(words, POLITE_PHRASES) if word not in POLITE]
    said = {_said(rest, language) for language in ANSWERS} - {None}
    # "Si" is yes in two languages, "no" is no in three; what would be both is not to be guessed.
    return said.pop() if len(said) == 1 else None


def _thumbs(text: str) -> bool | None:
    if THUMBS_UP.fullmatch(text):
        return True
    return False if THUMBS_DOWN.fullmatch(text) else None


def _said(words: list[str], language: AnswerWords) -> bool | None:
    """Return what `words` say in this language, if they say nothing else."""
    if len(words) == 1 and words[0] in language.no_alone:
        return False
    # The longer phrases first: "passt nicht" has "passt" in it, and "no problem" has "no".
    after_no = without(words, language.no_phrases)
    rest = without(after_no, language.yes_phrases)
    yes = language.yes | EVERYWHERE
    says_yes = len(rest) < len(after_no) or not yes.isdisjoint(rest)
    says_no = len(after_no) < len(words) or not language.no.isdisjoint(rest)
    is_whole = (yes | language.no | language.around).issuperset(rest)
    return says_yes if says_yes != says_no and is_whole else None
