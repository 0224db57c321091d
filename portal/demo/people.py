"""Who lives in the demo: organizations, the six who sign in, those around them, and the candidates."""

from __future__ import annotations

import unicodedata
import zlib
from dataclasses import dataclass

AREA_CODES = (206, 212, 303, 305, 312, 404, 415, 512, 602, 617)
NORTH, SOUTH, HARBOUR, SOLBERG = "North Talent", "South Search", "Harbour Partners", "Solberg Search"
ACME, BOREALIS, LUMEN, PLATFORM = "Acme", "Borealis Energy", "Lumen Health", "Platform"

# name → kind, time zone, currency
ORGANISATIONS: dict[str, tuple[str, str, str]] = {
    NORTH: ("agency", "America/New_York", "USD"),
    SOUTH: ("agency", "Europe/London", "USD"),
    HARBOUR: ("agency", "Europe/Berlin", "EUR"),
    SOLBERG: ("agency", "Europe/Oslo", "EUR"),
    ACME: ("company", "America/New_York", "USD"),
    BOREALIS: ("company", "America/Denver", "USD"),
    LUMEN: ("company", "Europe/Berlin", "EUR"),
}


@dataclass(frozen=True, slots=True)
class Person:
    """Describe somebody with an account; recruiters have a status."""

    key: str
    name: str
    organisation: str
    role: str
    status: str = ""

    @property
    def email(self) -> str:
        return f"{self.key}@demo.test"


PEOPLE = (
    Person("rita", "Rita Lindqvist", NORTH, "recruiter", "active"),
    Person("omar", "Omar Haddad", SOUTH, "recruiter", "active"),
    Person("hana", "Hana Kimura", ACME, "hiring_manager"),
    Person("carl", "Carl Brandt", ACME, "company_admin"),
    Person("zoe", "Zoe Martin", BOREALIS, "company_admin"),
    Person("pia", "Pia Novak", PLATFORM, "platform_admin"),
    Person("max", "Max Adler", PLATFORM, "platform_admin"),
    Person("priya", "Priya Raman", NORTH, "recruiter", "active"),
    Person("tomas", "Tomás Álvarez", SOUTH, "recruiter", "active"),
    Person("elena", "Elena Fischer", HARBOUR, "recruiter", "active"),
    Person("dev", "Dev Patel", HARBOUR, "recruiter", "active"),
    Person("ingrid", "Ingrid Solberg", SOLBERG, "recruiter", "active"),
    Person("marcus", "Marcus Webb", HARBOUR, "recruiter", "pending"),
    Person("nora", "Nora Weiss", ACME, "hiring_manager"),
    Person("liam", "Liam O'Connor", BOREALIS, "hiring_manager"),
    Person("aisha", "Aisha Bello", LUMEN, "company_admin"),
)
SIGN_INS = ("rita", "omar", "hana", "carl", "zoe", "pia")
SIGN_IN_NOTES = {
    "rita": "recruiter, North Talent",
    "omar": "recruiter, South Search",
    "hana": "hiring manager, Acme",
    "carl": "admin, Acme",
    "zoe": "admin, Borealis Energy",
    "pia": "platform admin",
}
DECIDERS = {ACME: ("hana", "carl", "nora"), BOREALIS: ("zoe", "liam"), LUMEN: ("aisha",)}
ADMINS = {ACME: "carl", BOREALIS: "zoe", LUMEN: "aisha"}


@dataclass(frozen=True, slots=True)
class Seeker:
    """Describe a candidate and who works with them; `claimed` is in days before today, None for nobody's."""

    key: str
    name: str
    title: str
    employer: str
    location: str
    skills: tuple[str, ...]
    recruiter: str
    claimed: float | None

    @property
    def email(self) -> str:
        """Return the address, made of the name without accents."""
        plain = unicodedata.normalize("NFKD", self.name).encode("ascii", "ignore").decode().lower()
        return f"{plain.replace(' ', '.')}@mail.test"

    @property
    def phone(self) -> str:
        """Return a number of the range that is kept for fiction."""
        number = zlib.crc32(self.name.encode())
        return f"+1 {AREA_CODES[number % len(AREA_CODES)]} 555 {100 + number // 11 % 100:04d}"


def _seeker(key: str, recruiter: str, claimed: float | None, *facts: str) -> Seeker:
    name, title, employer, location, skills = facts
    return Seeker(key, name, title, employer, location, tuple(skills.split(", ")), recruiter, claimed)


SEEKERS = (
    # rita's: hired, or about to be
    _seeker("c1", "rita", 233, "Maya Okafor", "Data Engineer", "Brightline", "Brooklyn, NY", "Python, Spark, dbt"),
    _seeker("c2", "rita", 206, "Jonas Keller", "Product Manager", "Paywise", "New York, NY", "Payments, SQL, Roadmaps"),
    _seeker(
        "a1", "rita", 112, "Lena Brandt", "ML Engineer", "Northwind Robotics", "Berlin", "Python, PyTorch, Ranking"
    ),
    _seeker(
        "a4", "rita", 70, "Noah Vermeulen", "Frontend Engineer", "Stadtwerk", "Hamburg", "TypeScript, Accessibility"
    ),
    _seeker("a7", "rita", 62, "Grace Adeyemi", "Backend Engineer", "Ledgerly", "Chicago, IL", "Python, PostgreSQL"),
    _seeker("f1", "rita", 124, "Victor Hale", "Backend Engineer", "Cargo Labs", "Austin, TX", "Go, Kafka, PostgreSQL"),
    _seeker("h1", "rita", 27, "Yuki Tanaka", "Senior ML Engineer", "Lumeo", "Seattle, WA", "Recommenders, PyTorch"),
    _seeker("w1", "rita", 19, "Camila Duarte", "Product Manager", "Fareway", "Miami, FL", "Payments, Experiments"),
    # rita's: on the bench, one for each badge
    _seeker("b1", "rita", 66, "Amir Rahimi", "Staff ML Engineer", "Hearth", "Toronto", "LLM serving, CUDA"),
    _seeker("b2", "rita", 146, "Paula Nunes", "Data Engineer", "Mercado Sul", "Lisbon", "Airflow, Snowflake"),
    _seeker("b3", "rita", 101, "Ethan Brooks", "Grid Analyst", "PowerPool", "Denver, CO", "Forecasting, Python"),
    _seeker("ending", "rita", 200, "Irina Petrova", "Product Manager", "Docket", "Jersey City, NJ", "B2B, Discovery"),
    _seeker("late", "rita", 185, "Samuel Osei", "Site Reliability Engineer", "Skydeck", "Atlanta, GA", "Kubernetes"),
    _seeker("gone", "rita", 225, "Hugo Lefèvre", "Backend Engineer", "Atelier Nord", "Montréal", "Python, Django"),
    _seeker("taken", "rita", 231, "Mei Chen", "ML Engineer", "Tidal", "San Jose, CA", "Vision, C++"),
    _seeker("fought", "rita", 229, "Daniel Novotny", "Grid Analyst", "Elektra", "Prague", "Markets, R"),
    _seeker("free", "rita", None, "Aaliyah Grant", "Data Engineer", "Plume", "Newark, NJ", "Kafka, Flink"),
    # omar's
    _seeker("c3", "omar", 208, "Benjamin Cole", "Backend Engineer", "Tradebook", "London", "Python, Flask"),
    _seeker("c4", "omar", 196, "Clara Neumann", "Frontend Engineer", "Medikit", "Berlin", "React, Design systems"),
    _seeker("c6", "omar", 178, "Sofia Marchetti", "Product Designer", "Fieldnote", "Boston, MA", "Figma, Research"),
    _seeker("a2", "omar", 106, "Fatima Zahra", "Senior Data Engineer", "Orbital", "New York, NY", "Spark, Iceberg"),
    _seeker("h2", "omar", 30, "Lucas Moreau", "Data Engineer", "Canal+Data", "Paris", "dbt, BigQuery"),
    _seeker("o1", "omar", 108, "Nadia Hussain", "ML Engineer", "Parsec", "Manchester", "NLP, Python"),
    _seeker("o2", "omar", 166, "Owen Griffiths", "Power Electronics Engineer", "Voltra", "Cardiff", "Inverters, SPICE"),
    # priya's
    _seeker("a3", "priya", 96, "Isaac Mensah", "Power Electronics Engineer", "Helio", "Boulder, CO", "GaN, Firmware"),
    _seeker("w3", "priya", 21, "Zara Ahmed", "Grid Analyst", "Westwind", "Calgary", "Optimisation, Python"),
    _seeker("p1", "priya", 118, "Felix Bauer", "Product Manager", "Kasse", "Munich", "Payments, Compliance"),
    # elena's, whom she imported from a fair
    _seeker("c5", "elena", 192, "Ruth Abrams", "Grid Analyst", "ISO North", "Denver, CO", "Power flow, Python"),
    _seeker("f2", "elena", 192, "Marta Kowalska", "Product Manager", "Zloto", "New York, NY", "Cards, Risk"),
    _seeker("h3", "elena", 192, "Anton Weber", "Regulatory Affairs Manager", "Vivamed", "Cologne", "MDR, ISO 13485"),
    _seeker("e1", "elena", 192, "Julia Sanders", "Backend Engineer", "Waypoint", "Rotterdam", "Python, Rust"),
    _seeker("f3", "elena", 192, "Lars Eide", "Regulatory Affairs Manager", "Nordpharm", "Oslo", "Submissions, MDR"),
    # tomas's, dev's and ingrid's
    _seeker("a5", "tomas", 58, "Diego Fuentes", "Backend Engineer", "Ruta", "Houston, TX", "Python, Redis"),
    _seeker("h4", "tomas", 36, "Emily Carter", "Power Electronics Engineer", "Ampere", "Golden, CO", "Motor drives"),
    _seeker("t1", "tomas", 82, "Pavel Sokolov", "ML Engineer", "Quanta", "Valencia", "MLOps, Go"),
    _seeker("a6", "dev", 44, "Neha Kapoor", "Grid Analyst", "Sunfield", "Phoenix, AZ", "Forecasting, SQL"),
    _seeker("w2", "dev", 17, "Oliver Stone", "Senior Data Engineer", "Packet", "Philadelphia, PA", "Kafka, Scala"),
    _seeker("d1", "dev", 95, "Greta Lindholm", "Security Engineer", "Bastion", "Stockholm", "AppSec, Threat models"),
    _seeker("w4", "ingrid", 20, "Astrid Holm", "Frontend Engineer", "Fjordly", "Bergen", "Svelte, TypeScript"),
    _seeker("i1", "ingrid", 98, "Mikkel Dahl", "Frontend Engineer", "Havn", "Copenhagen", "React, Testing"),
)
