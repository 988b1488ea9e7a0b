"""The part of the settings record by which people know the company: its name, logo, colours and font."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from fsportal.lib.colours import contrast, nearest_passing, validate_hex
from fsportal.lib.text import validate_no_control

AA_CONTRAST = 4.5
#: The name of a company that has not told its own yet.
UNNAMED = "Your company"


class FontStack(models.TextChoices):
    """Fonts that devices already have; none is loaded."""

    SYSTEM = "system", _("System")
    HUMANIST = "humanist", _("Humanist")
    SERIF = "serif", _("Serif")
    ROUNDED = "rounded", _("Rounded")


class BrandSettings(models.Model):
    """Fields of the settings record, *Display*."""

    company_name = models.CharField(
        _("company name"), max_length=100, default=UNNAMED, validators=[validate_no_control]
    )
    contact_email = models.EmailField(_("contact email"), blank=True)
    contact_phone = models.CharField(_("contact phone"), max_length=30, blank=True, validators=[validate_no_control])
    page_title = models.CharField(_("page title"), max_length=100, default="Your visit")
    page_footer = models.CharField(_("page footer"), max_length=300, blank=True)
    logo = models.ImageField(_("logo"), upload_to="brand/", blank=True)
    logo_dark = models.ImageField(
        _("logo on dark"),
        upload_to="brand/",
        blank=True,
        default="",
        db_default="",
        help_text=_("For dark mode. Empty: the other logo."),
    )
    font = models.CharField(_("font"), max_length=10, choices=FontStack.choices, default=FontStack.SYSTEM)
    foreground_colour = models.CharField(
        _("foreground colour"),
        max_length=7,
        default="#ffffff",
        validators=[validate_hex],
        help_text=_("Text on the brand colour."),
    )
    background_colour = models.CharField(
        _("background colour"),
        max_length=7,
        default="#0b6e6e",
        validators=[validate_hex],
        help_text=_("The brand colour: buttons, links, the status line."),
    )

    class Meta:
        abstract = True

    @property
    def is_unnamed(self) -> bool:
        """Tell whether nobody has said yet what the company is called. Nothing then goes out to customers."""
        return self.company_name.strip().casefold() in ("", UNNAMED.casefold())

    def check_colours(self) -> dict[str, str]:
        """Return an error for colours below WCAG AA, naming the nearest that passes."""
        ratio = self._contrast()
        if ratio >= AA_CONTRAST:
            return {}
        near = nearest_passing(self.foreground_colour, self.background_colour, AA_CONTRAST)
        words = _(
            "This is too hard to read on %(background)s: the contrast is %(ratio).1f, and at least 4.5 is"
            " needed. Try %(near)s."
        )
        return {"foreground_colour": words % {"background": self.background_colour, "ratio": ratio, "near": near}}

    def _contrast(self) -> float:
        """Return the contrast of the brand colours; the highest if one is not a colour, since its field says so."""
        try:
            return contrast(self.foreground_colour, self.background_colour)
        except ValueError:
            return 21.0
