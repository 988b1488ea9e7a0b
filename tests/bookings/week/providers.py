"""A mail server and an SMS provider that do not like everybody, and fail for a while."""

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers import Answer, Request, SmtpSink, TwilioServer, twilio_error


class ChoosyMail(SmtpSink):
    """Refuses the addresses in `unknown` for good; while `is_down` it takes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.unknown: set[str] = set()
        self.is_down = False

    async def handle_RCPT(  # noqa: N802  (aiosmtpd calls it so)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer RCPT TO."""
        if self.is_down:
            return "421 4.3.2 not now"
        if address in self.unknown:
            return "550 5.1.1 no such user"
        return await super().handle_RCPT(server, session, envelope, address, options)


class ChoosyTexts(TwilioServer):
    """Refuses the numbers in `unknown` for good, hangs up on those in `unsure`; while `is_down` it takes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.unknown: set[str] = set()
        self.unsure: set[str] = set()
        self.is_down = False

    def _as_twilio(self, request: Request) -> Answer:
        to = request.form.get("To", "")
        if self.is_down:
            return Answer(503, "")
        if to in self.unknown:
            return twilio_error(400, 21211, f"The 'To' number {to} is not a valid phone number.")
        return Answer(drop=True) if to in self.unsure else super()._as_twilio(request)
