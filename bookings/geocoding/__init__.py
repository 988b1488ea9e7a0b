"""Coordinates of addresses, behind one small interface: `look_up` asks the geocoders of GEOCODER_URL in turn.

A provider (base.Geocoder) turns an address into a place; nonsense is refused (base.checked), answers are kept for as
long as their licence allows (chain.py), and the worker fills in what was saved without coordinates (places.py).
"""

from bookings.geocoding.base import AskedAddress, FoundPlace, Precision
from bookings.geocoding.chain import LookUp, look_up

__all__ = ["AskedAddress", "FoundPlace", "LookUp", "Precision", "look_up"]
