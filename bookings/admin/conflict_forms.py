"""Forms that say what stands against a visit before it is saved, and take *Book all the same* with a reason."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from bookings.availability.conflicts import Conflict, ConflictKind, ConflictsFound, Proposal, conflicts
from fsportal.settings_area.actions import OPEN_QUESTION

#: The checkbox; its value are the kinds that the page has shown. Whatever has come up since is asked about again.
DESPITE = "despite"
#: The reason, where the form has no *Why* of its own.
DESPITE_WHY = "despite_why"
#: The key of what the form was checked as.
PROPOSAL = "proposal"
MOST_WORDS = 500


class AsksDespite(forms.BaseForm):
    """A form about a visit's time or technician. Put it before the form's own class.

    `cleaned_data` gets `despite`, the kinds that were accepted, and `why`; and under PROPOSAL what was checked, for
    refuse_conflicts under the technician's lock. The page includes admin/includes/conflicts.html.
    """

    found: list[Conflict]

    def proposal(self) -> Proposal | None:
        """Return the visit as the form would have it, or None if that cannot be told yet. Asked after `clean`."""
        raise NotImplementedError

    def look(self) -> Proposal | None:
        """Find the conflicts, and return what was looked at."""
        proposal = self.proposal()
        if proposal is not None and proposal.end <= timezone.now():
            proposal = None  # nobody can do anything about it any more
        self.found = conflicts(proposal) if proposal is not None else []
        return proposal

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's forms have it, their stubs do not
        self.cleaned_data[PROPOSAL] = self.look()
        accepted = self._accepted()
        self.cleaned_data[DESPITE] = tuple(kind for kind in ConflictKind if kind in accepted & self.kinds)
        if self.asks_why:
            self.cleaned_data["why"] = self.own_why.strip()[:MOST_WORDS]
        if self.kinds - accepted:
            self.add_error(None, ValidationError(question(), code=OPEN_QUESTION))
        elif self.found and not self.cleaned_data.get("why"):
            words = _("Say why it is booked all the same.")
            self.add_error(None if self.asks_why else "why", ValidationError(words, code=OPEN_QUESTION))

    @property
    def kinds(self) -> set[str]:
        return {conflict.kind.value for conflict in getattr(self, "found", [])}

    @property
    def shown_kinds(self) -> str:
        return " ".join(kind for kind in ConflictKind if kind in self.kinds)

    @property
    def is_accepted(self) -> bool:
        return bool(self.found) and self.kinds <= self._accepted()

    @property
    def asks_why(self) -> bool:
        """Tell whether the box with the conflicts asks for the reason."""
        return "why" not in self.fields

    @property
    def own_why(self) -> str:
        return str(self.data.get(DESPITE_WHY, ""))

    def refuse(self, refusal: Exception) -> None:
        """Show a refusal of the verb. Somebody may have booked the technician since the form was checked."""
        if isinstance(refusal, ConflictsFound):
            self.found = list(refusal.conflicts)
            self.add_error(None, ValidationError(question(), code=OPEN_QUESTION))
        else:
            self.add_error(None, str(refusal))

    def _accepted(self) -> set[str]:
        return set(str(self.data.get(DESPITE, "")).split())


def question() -> str:
    return _("Something stands against it. Change it, or say below that it is booked all the same, and why.")
