"""stub"""
from dataclasses import dataclass
from typing import Any, Protocol
@dataclass(frozen=True)
class EmailMessage:
    id: Any; to: str; to_name: str; from_name: str; reply_to: str; subject: str; text: str; html: str; unsubscribe_url: str = ""; calendar: bytes = b""; language: str = "en"
@dataclass(frozen=True)
class SmsMessage:
    id: Any; to: str; text: str; callback_url: str = ""
@dataclass(frozen=True)
class Receipt:
    provider: str; provider_id: str = ""; segments: int = 0
class DeliveryError(Exception):
    reason=""; detail=""; permanent=False; uncertain=False; retry_after=None
class Channel(Protocol):
    name: str
