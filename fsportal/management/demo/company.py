"""The demo company's customers, technicians and services. Names are as awkward as real ones; no phone number is real.

Numbers: +44 20 7946 0xxx (Ofcom, for drama), +1 202 555 01xx (NANPA), +49 30 23125 xxx (Bundesnetzagentur),
+33 6 39 98 xx xx (Arcep), +61 491 570 1xx (ACMA).
"""

from dataclasses import dataclass

#: What the demo writes into the settings record.
SETTINGS = {
    "company_name": "Brightwater Home Services",
    "time_zone": "Europe/London",
    "contact_email": "help@example.com",
    "contact_phone": "+44 20 7946 0100",
    "page_footer": "Brightwater Home Services (demo data)",
}
UNITS = ("Field north", "Field south")

LONG_NAME = (
    "Maximiliana-Theodora Wolkenstein-Trostburg zu Hohenlichtenberg-Oberstdorf und Niederaltaich-Süd, geb. Müller"
)


@dataclass(frozen=True)
class Customer:
    """An account with its service address. The first of its people is the primary contact, unless it has none."""

    key: str
    name: str
    street: str
    city: str
    postal_code: str
    country: str
    place: tuple[float, float]
    zone: str
    has_primary: bool = True
    is_excluded: bool = False


@dataclass(frozen=True)
class DemoContact:
    site: str
    name: str
    email: str
    phone: str
    language: str = "en"
    opted_out_of: str = ""


@dataclass(frozen=True)
class DemoTechnician:
    """A resource: where they start their day, and in which zone their hours are."""

    name: str
    phone: str
    start: tuple[float, float]
    zone: str = "Europe/London"


SITES = (
    Customer("obrien", "O'Brien household", "14 Acacia Road", "London", "NW8 6DN", "GB", (51.5330, -0.1720), "Europe/London"),
    Customer("markup", "<b>Bold</b> & Sons Ltd", "2 Fleet Street", "London", "EC4Y 1AA", "GB", (51.5139, -0.1103), "Europe/London"),
    Customer("green", "Zoë's Green Café 🌿", "7 Brick Lane", "London", "E1 6PU", "GB", (51.5200, -0.0717), "Europe/London"),
    Customer("berlin", "Müller & Söhne Gebäudetechnik GmbH", "Torstraße 1", "Berlin", "10119", "DE", (52.5286, 13.4105), "Europe/Berlin"),
    Customer("paris", "Résidence « Les Tilleuls »", "3 rue de l'Église", "Paris", "75015", "FR", (48.8420, 2.2910), "Europe/Paris"),
    Customer("dubai", "شركة النور للصيانة", "شارع الشيخ زايد 5", "دبي", "", "AE", (25.2048, 55.2708), "Asia/Dubai"),
    Customer("haifa", "משפחת כהן", "שדרות הנשיא 12", "חיפה", "3463812", "IL", (32.8060, 34.9860), "Asia/Jerusalem"),
    Customer("newyork", "Hudson Dental Group, P.C.", "350 5th Avenue", "New York", "NY 10118", "US", (40.7484, -73.9857), "America/New_York"),
    Customer("howe", "Lord Howe Guest House", "Lagoon Road", "Lord Howe Island", "2898", "AU", (-31.5290, 159.0730), "Australia/Lord_Howe"),
    Customer("quiet", "Do-Not-Disturb Estates", "1 Silent Street", "London", "SW1A 2AA", "GB", (51.5014, -0.1419), "Europe/London", is_excluded=True),
    Customer("nobody", "Unmanned Pump Station 4", "Towpath", "Richmond", "TW9 1TQ", "GB", (51.4613, -0.3037), "Europe/London", has_primary=False),
)  # fmt: skip

PEOPLE = (
    DemoContact("obrien", "Siobhán O'Brien", "siobhan@example.com", "+442079460011"),
    DemoContact("markup", 'Robert "Bobby" Tables <script>', "bobby.tables@example.com", "+442079460012"),
    DemoContact("green", "Zoë Grønlund", "zoe@example.com", "+442079460013", opted_out_of="sms"),
    DemoContact("berlin", LONG_NAME, "maximiliana@example.de", "+493023125011", "de"),
    DemoContact("paris", "Jean-François d’Église", "jf@example.fr", "+33639980011", "fr"),
    DemoContact("dubai", "ليلى الحداد", "layla@example.org", "+442079460014", "ar"),
    DemoContact("haifa", "נועה כהן", "noa@example.org", "", "he"),
    DemoContact("newyork", "Nguyễn Thị Ánh", "anh@example.net", "+12025550111"),
    DemoContact("howe", "=Bruce O’Neill+Co", "", "+61491570156"),
    DemoContact("quiet", "Hush Whisper", "hush@example.com", "+442079460015"),
    DemoContact("markup", "No Address", "", ""),
)

TECHNICIANS = (
    DemoTechnician("Omar Haddad", "+442079460021", (51.5450, -0.0550)),
    DemoTechnician("Grace O'Malley", "+442079460022", (51.4700, -0.2100)),
    DemoTechnician("Jürgen Weiß", "+493023125022", (52.4900, 13.3600), "Europe/Berlin"),
    DemoTechnician("María-José Carreño Quiñones", "+12025550122", (40.7000, -74.0100), "America/New_York"),
)

#: Name, on the exclusion list.
WORK_ORDER_TYPES = (("Repair", False), ("Maintenance", False), ("Internal inspection", True))

#: Name, minutes, default work order type, offered in the portal.
INCIDENT_TYPES = (
    ("Boiler service", 60, "Maintenance", True),
    ("Leak repair", 90, "Repair", True),
    ("Air-conditioning check", 45, "Maintenance", True),
    ("Heating & hot water – emergency", 120, "Repair", False),
    ("Safety audit", 30, "Internal inspection", False),
)
