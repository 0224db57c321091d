"""The cells of an import's row: what is read from each, and what is left out and why."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import date
from functools import partial
from typing import Any, TypeVar

from portal.domain import money, profiles
from portal.domain.errors import InvalidInput
from portal.domain.import_columns import MONEY
from portal.domain.imports import (
    COLUMNS,
    SIGN,
    Damaged,
    Row,
    addresses,
    clean_cell,
    currencies,
    empty_word,
    line_cell,
    links,
    numbers,
    refuse_power_of_ten,
    valued_cell,
)
from portal.domain.profiles import Profile
from portal.domain.texts import clean
from portal.services.candidates.contacts import (
    LINES,
    SKILL_MOST,
    SKILLS,
    CandidateInput,
    is_assigned,
    read_email,
    read_linkedin,
    read_phone,
)
from portal.wording import amounts, days, reading

T = TypeVar("T")
SHOWN = 120
SKILL_SEPARATORS = str.maketrans({";": ",", "|": ","})
_NO_ADDRESS = "This is not an email address."


def money_cell(text: str, *, currency: str) -> int:
    """Return an amount in minor units; one that may be read in two ways is none.

    Raises:
        ValueError, InvalidInput: it is no amount, or its currency is not known.
    """
    if currency not in money.DECIMALS:
        raise ValueError("Its currency is unknown. Add a column with its code, such as EUR.")
    refuse_power_of_ten(text, "may have lost digits")
    symbol = amounts.currency_symbol(currency)
    if others := set(currencies(text)) - {currency}:
        raise ValueError(f"It says {others.pop()}, and its row says {currency}.")
    figure = SIGN.sub(lambda sign: "" if currencies(sign[0]) == [currency] else sign[0], text).strip()
    figure = figure.removeprefix(symbol).removesuffix(symbol).strip()
    found = reading.read(figure, digits=money.DECIMALS[currency], wanted="Enter an amount.")
    if found.value >= money.MAX_MINOR:
        raise ValueError("It’s too large for an annual salary.")
    return money.to_minor(found.value, currency, field="salary")


def sums(read: CandidateInput) -> Iterator[tuple[str, str]]:
    """Yield the columns of a row that hold money, each with the sum as it was understood."""
    profile = read.profile
    for column, minor in (("salary", profile.salary_minor), ("expected_salary", profile.expected_salary_minor)):
        if minor is not None and profile.currency is not None:
            yield column, amounts.money(minor, profile.currency)


def whole_cell(text: str) -> int:
    """Return a whole number.

    Raises:
        ValueError: it is none.
    """
    whole = re.sub(r"[.,]00?$", "", text)  # as spreadsheets and pandas write whole numbers; 1,000 is none of these
    if not whole.isdecimal():
        raise ValueError("Enter a whole number.")
    return int(whole)


def day_cell(text: str) -> date:
    """Return a day.

    Raises:
        ValueError: it is none, or written in a way that is read differently elsewhere.
    """
    if re.fullmatch(r"\d{5}(?:[.,]\d+)?", text):
        raise Damaged("A spreadsheet changed the date to a number of days. Enter it as 2027-01-15.")
    day = re.sub(r"[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+-]\d\d:?\d\d)?$", "", text)
    return days.read_day(day)


class Cells:
    """Read the cells of a row, and note what is left out and why."""

    def __init__(self, row: Row, country: str | None) -> None:
        self.row, self.country = row, country
        self.notes: list[tuple[str, str]] = []
        self.wrong: dict[str, str] = {}

    def read(self) -> CandidateInput:
        """Return what the row says about a candidate; `wrong` has what makes it none."""
        name = self._line("full_name", [self.row.full_name])
        email = self._email()
        if self.row.surplus:
            self.wrong["row"] = "This row has more cells than the header."
        others = {field: self._line(field, self._of(field)) for field in LINES if field != "full_name"}
        typed = CandidateInput(
            full_name=name,
            email=email,
            phone=self._phone(),
            linkedin_url=self._link(),
            skills=self._skills(),
            profile=self._profile(),
            **others,
        )
        self._note_empty_words(typed)
        return typed

    def _note_empty_words(self, typed: CandidateInput) -> None:
        """Note where a word like `N/A` was all that a field had."""
        profile = typed.profile
        kept = {**asdict(profile), "salary": profile.salary_minor, "expected_salary": profile.expected_salary_minor}
        for field in (field for field in COLUMNS if field not in {"full_name", "email"}):
            word = empty_word(self._of(field))
            value = kept[field] if field in kept else getattr(typed, field)
            if word and not value and field not in dict(self.notes):
                self.notes.append((field, f"“{word}” was read as empty."))

    def _of(self, field: str) -> Sequence[str]:
        return self.row.cells.get(field, ())

    def _line(self, field: str, cells: Sequence[str]) -> str:
        """Return the first cell of a line of text."""
        most, _least = LINES[field]
        found: list[str] = []
        for cell in cells:
            try:
                found += filter(None, [clean(field, line_cell(cell), most=most)])
            except Damaged as damage:
                self._leave_out(field, str(damage))
            except InvalidInput as error:
                self._leave_out(field, error.fields[field])
        return self._first(field, found, "columns")

    def _email(self) -> str:
        """Return the first address that is one; a row without says so."""
        found = addresses(self._of("email"))
        refused = ""
        for address in found:
            try:
                read_email(address)
            except InvalidInput as error:
                refused = refused or error.fields["email"]
                continue
            self._one_of("email", address, len(found), "addresses")
            return address
        typed = clean_cell(self.row.first("email"))
        self.wrong["email"] = refused or ("This row has no email address." if not typed else _NO_ADDRESS)
        return typed

    def _phone(self) -> str:
        """Return the first number that can be dialled, in E.164."""
        refused, found = "", list[str]()
        for cell in self._of("phone"):
            try:
                for number in numbers(cell, partial(is_assigned, country=self.country)):
                    try:
                        found += filter(None, [read_phone(number, country=self.country)[0]])
                    except InvalidInput as error:
                        refused = refused or _skipped(number, self._why_no_number(number, error))
            except Damaged as damage:
                refused = refused or f"Skipped. {damage}"
        if refused and not found:
            self.notes.append(("phone", refused))
            return ""
        return self._first("phone", found, "numbers")

    def _why_no_number(self, number: str, error: InvalidInput) -> str:
        if self.country is None and not number.startswith(("+", "00")):
            return "It has no country code. Choose a country for these numbers under “Column mapping”."
        return error.fields["phone"]

    def _link(self) -> str:
        """Return the first link, one to LinkedIn before others."""
        cells, found = self._of("linkedin_url"), list[str]()
        for link in links(cells):
            try:
                found += filter(None, [read_linkedin(link)[0]])
            except InvalidInput:
                continue
        typed = next(filter(None, map(clean_cell, cells)), "")
        if typed and not found:
            self._leave_out("linkedin_url", f"“{typed[:SHOWN]}” is not a link.")
            return ""
        return self._first("linkedin_url", found, "links")

    def _skills(self) -> tuple[str, ...]:
        """Return the skills, those that are too long or too many left out."""
        found = self._split("skills")
        kept = [skill for skill in found if len(skill) <= SKILL_MOST][:SKILLS]
        if len(kept) < len(found):
            self._leave_out("skills", f"{len(found) - len(kept)} are too long or over the limit of {SKILLS}.")
        return tuple(kept)

    def _profile(self) -> Profile:
        """Return what the row says of a working life; a cell that cannot be read costs no more than itself."""
        currency = self._currency()
        read_money = partial(money_cell, currency=currency or "")
        typed: dict[str, Any] = {
            "experience_years": self._read("experience_years", whole_cell),
            "notice_weeks": self._read("notice_weeks", whole_cell),
            "available_on": self._read("available_on", day_cell),
            "salary_minor": self._read("salary", read_money),
            "expected_salary_minor": self._read("expected_salary", read_money),
            "currency": currency,
            "right_to_work": self._read("right_to_work", str) or "",
            "languages": tuple(self._split("languages")),
        }
        try:
            return profiles.read(Profile(**typed))
        except InvalidInput as error:
            for name, sentence in error.fields.items():
                self._leave_out(name.removesuffix("_minor"), sentence)
                typed[name] = getattr(profiles.NOTHING_KNOWN, name)
            paid = {} if "currency" not in error.fields else {"salary_minor": None, "expected_salary_minor": None}
            return profiles.read(Profile(**{**typed, **paid}))

    def _currency(self) -> str | None:
        """Return the currency of its own column, or else the one that the sums say themselves: `75.000 €`."""
        column = self._read("currency", lambda text: (currencies(text) or [text.upper()])[0])
        said = {code for field in MONEY for code in currencies(self.row.first(field))}
        return said.pop() if column is None and len(said) == 1 else column

    def _read(self, field: str, read: Callable[[str], T]) -> T | None:
        """Return the first cell of a field as `read` makes it, or None where it is empty or cannot be read."""
        text = clean_cell(self.row.first(field))
        if not text or empty_word([text]):
            return None
        try:
            return read(valued_cell(text))
        except InvalidInput as error:
            why = error.message
        except ValueError as error:
            why = str(error)
        self.notes.append((field, _skipped(text, why)))
        return None

    def _split(self, field: str) -> list[str]:
        try:
            cell = valued_cell(self.row.first(field)).translate(SKILL_SEPARATORS)
        except Damaged as damage:
            self._leave_out(field, str(damage))
            return []
        return [one for one in (one.strip(' "[]') for one in cell.split(",")) if one]  # also a list as JSON has it

    def _first(self, field: str, found: Sequence[str], what: str) -> str:
        """Return the first of what was found, and note that there was more."""
        different = list(dict.fromkeys(found))
        if different:
            self._one_of(field, different[0], len(different), what)
        return different[0] if different else ""

    def _one_of(self, field: str, taken: str, count: int, what: str) -> None:
        if count > 1:
            self.notes.append((field, f"{taken} was chosen from {count} {what}."))

    def _leave_out(self, field: str, why: str) -> None:
        self.notes.append((field, f"Skipped. {why}"))


def _skipped(typed: str, why: str) -> str:
    return f"“{typed[:SHOWN]}” skipped. {why}"
