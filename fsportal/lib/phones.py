"""Phone numbers: read as people write them, stored as E.164 (+442079460018), displayed and masked."""

import re
import unicodedata
from collections.abc import Sequence

import phonenumbers
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
# What people put between digits; \uff0b is the plus of East Asian keyboards, \u2010 to \u2015 are dashes.
# Letters are refused: no SMS can be sent to a vanity number or to "ext. 5".
WRITTEN = re.compile(r"[+\uff0b]?[\d\s().\-/·\u2010-\u2015]+")

#: Calling codes that belong to no country: satellite phones, international premium and shared-cost services.
NO_COUNTRY = "001"
#: Numbers whose texts or calls cost more than those to people, or that are nobody's phone.
COSTLY = {
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.PERSONAL_NUMBER,
    PhoneNumberType.PAGER,
    PhoneNumberType.UAN,
    PhoneNumberType.VOICEMAIL,
}


def to_e164(text: str, country_iso2: str) -> str:
    """Return `text` as E.164, read as a number of `country_iso2` ("GB") unless it has its own calling code.

    Any number of a possible length is accepted, even from an unassigned range, since number plans change faster than
    libraries. Raises ValueError with a sentence that says what to write.
    """
    written = "".join(mark for mark in text if unicodedata.category(mark) != "Cf").strip().removeprefix("tel:")
    if not written:
        raise ValueError(_("Write a phone number, for example +44 20 7946 0018."))
    if not WRITTEN.fullmatch(written):
        raise ValueError(_("This is not a phone number: write digits only, without letters or an extension."))
    try:
        number = phonenumbers.parse(written, country_iso2.upper() or None)
    except NumberParseException as error:
        raise ValueError(_parse_words(error)) from None
    _refuse_impossible(number)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _parse_words(error: NumberParseException) -> str:
    if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
        return _("This phone number has no known country: begin with its calling code, like +44 20 7946 0018.")
    if error.error_type == NumberParseException.TOO_LONG:
        return _("This phone number is too long.")
    return _("This phone number is too short.")


def _refuse_impossible(number: PhoneNumber) -> None:
    match phonenumbers.is_possible_number_with_reason(number):
        case ValidationResult.IS_POSSIBLE:
            return
        case ValidationResult.TOO_LONG:
            raise ValueError(_("This phone number is too long."))
        case ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
            # Reachable only within its own town; as E.164 it would be invalid, or somebody else's.
            raise ValueError(_("This phone number has no area code: write it with its area code."))
        case ValidationResult.INVALID_COUNTRY_CODE:
            raise ValueError(_("No country has this calling code."))
        case _reason:
            raise ValueError(_("This phone number is too short or has a digit missing."))


def validate_e164(value: str) -> None:
    """Raise ValidationError unless `value` is E.164 and has a possible length for its country."""
    if not E164.fullmatch(value):
        raise ValidationError(
            _("Write the number with + and its calling code, digits only, for example +442079460018."), code="e164"
        )
    try:
        to_e164(value, "")
    except ValueError as error:
        raise ValidationError(str(error), code="e164") from None


def is_costly(e164: str) -> bool:
    """Tell whether a number is one by which somebody earns: premium, shared-cost, satellite and their kind.

    A number from an unassigned range is not, since number plans change faster than libraries.
    """
    try:
        number = phonenumbers.parse(e164, None)
    except NumberParseException:
        return False
    if phonenumbers.region_code_for_country_code(number.country_code or 0) == NO_COUNTRY:
        return True
    return phonenumbers.number_type(number) in COSTLY


def refuse_costly(e164: str) -> None:
    """Raise ValueError for a number that no person is called at, with a sentence that says what to write."""
    if is_costly(e164):
        raise ValueError(
            _("This is a premium, shared-cost, satellite or service number: write the number of a person’s phone.")
        )


def to_e164_of_person(text: str, country_iso2: str) -> str:
    """Return `text` as `to_e164` does; raises ValueError also for a number that no person is called at."""
    number = to_e164(text, country_iso2)
    refuse_costly(number)
    return number


def validate_person(value: str) -> None:
    """Raise ValidationError for a number that is not one of a person's phone."""
    try:
        refuse_costly(value)
    except ValueError as error:
        raise ValidationError(str(error), code="costly") from None


def masked(e164: str) -> str:
    """Return a number that must not be readable as `+44 •••• ••0018`; empty stays empty.

    At most the last four digits show, fewer of a short number.
    """
    if not e164:
        return ""
    code, national = _parts(e164)
    shown = min(4, len(national) * 2 // 5)
    dotted = "•" * (len(national) - shown) + national[len(national) - shown :]
    grouped = f"{dotted[:4]} {dotted[4:]}" if len(dotted) > 7 else dotted
    return f"+{code} {grouped}" if code else grouped


def _parts(e164: str) -> tuple[str, str]:
    try:
        number = phonenumbers.parse(e164, None)
    except NumberParseException:
        return "", "".join(mark for mark in e164 if mark.isdigit())
    return str(number.country_code), e164.removeprefix(f"+{number.country_code}")


def display(e164: str) -> str:
    """Return a number in international form, `+44 20 7946 0018`; anything else is returned as it is."""
    try:
        number = phonenumbers.parse(e164, None)
    except NumberParseException:
        return e164
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)


def country_allowed(e164: str, allowed: Sequence[str]) -> bool:
    """Tell whether a number belongs to one of `allowed`: ISO codes ("GB") or calling codes ("44", "+44").

    An empty list allows every country. Countries that share a calling code are told apart: "US" does not allow
    Jamaica, a favourite of toll fraud. A number from an unassigned range counts as the main country of its code.
    """
    if not allowed:
        return True
    try:
        number = phonenumbers.parse(e164, None)
    except NumberParseException:
        return False
    region = phonenumbers.region_code_for_number(number) or phonenumbers.region_code_for_country_code(
        number.country_code or 0
    )
    return bool({str(number.country_code), region} & {entry.strip().lstrip("+").upper() for entry in allowed})
