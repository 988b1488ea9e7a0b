"""What customers text back: STOP and START as people write them, and sentences that only have such a word in them."""

from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from notifications.customers.replies.meaning import Meaning, meaning_of, words_of
from notifications.customers.replies.vocabulary import POLITE, POLITE_PHRASES, VOCABULARIES, Vocabulary

STOPS = [
    "STOP", "stop", "Stop.", "STOP!!!", "STOP 🛑", "StOp", " stop\n", "\u200fstop", "stooooop", "S.T.O.P.", "S T O P",
    "STOPALL", "stop all", "UNSUBSCRIBE", "cancel", "END", "Quit", "REVOKE", "OPTOUT", "opt-out", "Opt me out please",
    "Please stop!", "stop, thanks", "Stop, thank you.", "STOP please 🙏", "Hi, stop please", "no more texts please",
    "Please stop texting me", "stop sending me these messages", "Don’t text me again", "Do not text me anymore!",
    "cancel texts", "end messages", "I want to unsubscribe", "wrong number, stop", "Can you stop texting me?",
    "Take me off", "remove me please", "Please remove me from your list", "Take me off the list", "Stop the messages",
    "STOPP", "Stopp!", "Bitte stoppen Sie das", "abmelden", "Abmelden bitte", "Ich möchte mich abmelden",
    "Keine SMS mehr, danke", "Bitte keine Nachrichten mehr", "Bitte die SMS beenden", "Stopp mit den Nachrichten!",
    "Hören Sie auf!", "Bitte hören Sie auf, mir SMS zu schicken",
    "ARRET", "arrêt", "ARRÊT", "arrêtez svp", "Arrêtez s'il vous plaît", "arrêtez ça", "plus de SMS merci",
    "Me désabonner", "Arrêtez d’envoyer des messages", "Merci d’arrêter", "Veuillez arrêter", "Veuillez me désinscrire",
    "Je souhaite me désabonner", "Ne m’envoyez plus de SMS", "Merci de ne plus m’envoyer de messages",
    "PARAR", "parar por favor", "No más mensajes", "darme de baja", "¡Basta!", "Dejen de enviarme mensajes, gracias",
    "توقف", "إيقاف", "ايقاف", "تَوَقَّفْ", "توقـــف", "من فضلك توقف", "توقفوا عن إرسال الرسائل", "إلغاء الاشتراك",
    "أوقف الرسائل، شكرًا",
    "הסר", "הסירו אותי בבקשה", "עצור", "להסרה", "אנא הסירו אותי מרשימת התפוצה", "תפסיקו לשלוח לי הודעות, תודה",
]  # fmt: skip
STARTS = [
    "START", "start", "Start!", "UNSTOP", "yes", "YES", "Yes!", "start again please", "Start texting me again",
    "resubscribe", "opt in", "resume messages", "ANMELDEN", "Bitte wieder anmelden", "weiter", "Weiter bitte",
    "Reprendre", "reprenez svp", "reanudar", "reanudar los mensajes por favor", "ابدأ", "ابدأ من فضلك", "התחל",
    "התחל בבקשה",
]  # fmt: skip
NEITHER = [
    "", "   ", "🙂", "?", "ok", "thanks", "Thank you!", "please", "no",
    "Can you stop by the shop?", "Please don't cancel my visit", "ich steige an der Haltestelle aus",
    "I'll start work at 9", "Yes, see you at the bus stop", "yes please", "Yes that works", "Please cancel my visit",
    "cancel it", "Cancel Tuesday please", "cancel the appointment", "Stop at the blue gate", "don't stop",
    "Do not stop the water", "We start at noon", "Can you start?", "The end of the road", "At the end, left",
    "stop start", "STOP or START?", "When does it end?", "I quit my job", "nonstop", "stopper", "bus stop", "full stop",
    "Veuillez ne pas arrêter", "Ne pas arrêter", "Hören Sie auf zu bohren", "Veuillez arrêter la chaudière",
    "Non-stop please", "Weiter so!", "Es geht weiter", "Der Techniker soll bitte stoppen, wenn er den Hof sieht",
    "Ich bin gleich da, bitte weiter klingeln", "à l'arrêt de bus", "L'arrêt est fermé", "para mañana", "Para el coche",
    "parar en la puerta azul", "أبدا", "أبداً", "ابدا", "لا تتوقف", "سيارتي توقفت أمام البيت", "לא להפסיק את העבודה",
    "תתחילו בתשע", "What are these texts?", "who is this", "messages", "SMS",
    "Please stop by and ring the bell, otherwise end the job and cancel my order",
]  # fmt: skip


@pytest.mark.parametrize("text", STOPS)
def test_a_stop_is_understood_as_people_write_it(text: str) -> None:
    assert meaning_of(text) is Meaning.STOP


@pytest.mark.parametrize("text", STARTS)
def test_a_start_is_understood_as_people_write_it(text: str) -> None:
    assert meaning_of(text) is Meaning.START


@pytest.mark.parametrize("text", NEITHER)
def test_a_sentence_that_only_has_such_a_word_in_it_is_for_a_person(text: str) -> None:
    assert meaning_of(text) is Meaning.OTHER


@pytest.mark.parametrize("text", ["HELP", "help!", "Info please", "Hilfe", "aide svp", "مساعدة", "עזרה"])
def test_help_is_understood(text: str) -> None:
    assert meaning_of(text) is Meaning.HELP


def test_every_word_of_the_lists_can_be_met() -> None:
    """A word that the reading of a text would change could never match."""
    for vocabulary in VOCABULARIES:
        lists = [vocabulary.stop, vocabulary.stop_alone, vocabulary.start, vocabulary.start_alone]
        for word in [*frozenset().union(*lists), *vocabulary.about, *vocabulary.around, *POLITE]:
            assert words_of(word) == [word]
        for phrase in [*vocabulary.stop_phrases, *vocabulary.start_phrases, *POLITE_PHRASES]:
            assert words_of(" ".join(phrase)) == list(phrase)


# --- Whatever is around it -----------------------------------------------------------------------------------------
languages = st.sampled_from(VOCABULARIES)
marks = st.text(alphabet=" \n\t.,!?…;:-–'\"()[]🙏🛑👍🏽😡❤️\u200e\u200f\u200d", max_size=6)
polite = st.one_of(st.just(""), st.sampled_from(sorted(POLITE)), st.sampled_from(POLITE_PHRASES).map(" ".join))
Casing = Callable[[str], str]
casing = st.sampled_from([str.lower, str.upper, str.title, str.swapcase])


def _around(word: str, before: str, after: str, first: str, last: str) -> str:
    return f"{first}{before} {word} {after}{last}"


@given(languages, st.data(), polite, polite, marks, marks, casing)
def test_politeness_punctuation_and_case_change_nothing(
    vocabulary: Vocabulary,
    data: st.DataObject,
    before: str,
    after: str,
    first: str,
    last: str,
    case: Callable[[str], str],
) -> None:
    word = data.draw(st.sampled_from(sorted(vocabulary.stop | vocabulary.start)))
    wanted = Meaning.STOP if word in vocabulary.stop else Meaning.START
    assert meaning_of(case(_around(word, before, after, first, last))) is wanted


KNOWN = frozenset().union(
    POLITE,
    *(v.stop | v.stop_alone | v.start | v.start_alone | v.about | v.around for v in VOCABULARIES),
    *(phrase for v in VOCABULARIES for phrase in (*v.stop_phrases, *v.start_phrases)),
    *POLITE_PHRASES,
)


@given(languages, st.data(), st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=12), st.booleans())
def test_one_word_of_something_else_makes_it_a_matter_for_a_person(
    vocabulary: Vocabulary, data: st.DataObject, other: str, is_first: bool
) -> None:
    assume(words_of(other) == [other] and other not in KNOWN)
    command = data.draw(st.sampled_from(sorted(vocabulary.stop | vocabulary.start | vocabulary.stop_alone)))
    said = f"{other} {command}" if is_first else f"{command} {other}"
    assert meaning_of(said) is Meaning.OTHER


@given(st.text(max_size=400))
def test_no_text_is_too_strange_to_be_read(text: str) -> None:
    assert meaning_of(text) in Meaning
    assert meaning_of(f"  {text}\n") is meaning_of(text) or len(text) > 190


def test_a_long_letter_is_for_a_person_however_often_it_says_stop() -> None:
    assert meaning_of("stop " * 100) is Meaning.OTHER
    assert meaning_of("stop " * 1_000_000) is Meaning.OTHER
