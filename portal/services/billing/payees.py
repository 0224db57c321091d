"""Where recruiters are paid (money.md §9): checked, encrypted, told of each change, and used 72 hours after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields

from sqlalchemy import Update, select, update
from stdnum import bic, iban
from stdnum.exceptions import ValidationError
from stdnum.us import rtn

from portal import access
from portal.domain import texts
from portal.domain.billing import payees
from portal.domain.billing.payees import Account, LegalForm
from portal.domain.errors import InvalidInput, NotPermitted
from portal.domain.events import PayeeChanged
from portal.domain.permissions import Actor, Permission
from portal.models import Payee, PayoutRunLine
from portal.runtime import vault
from portal.services.machinery.unit_of_work import UnitOfWork, check_version, unit_of_work
from portal.wording.countries import COUNTRIES

BIC_WRONG = "Enter the bank’s BIC: 8 or 11 letters and digits, such as DEUTDEFF."


@dataclass(frozen=True, slots=True)
class PayeeInput:
    """What a recruiter says about who is paid and where: an IBAN, or an account at a bank of a country."""

    legal_name: str
    legal_form: str
    iban: str = ""
    country: str = ""
    account_number: str = ""
    bank_code: str = ""
    bic: str = ""
    tax_id: str = ""


def save(*, actor: Actor, payee: PayeeInput, version: int | None = None) -> bool:
    """Save where the actor's payouts go, and return whether that is new; payouts wait for 72 hours then.

    Raises:
        NotPermitted: the actor is no recruiter.
        InvalidInput: a field is missing, or is no number of an account or bank.
    """
    access.require(actor, Permission.PAYEE_EDIT)
    if actor.recruiter_id is None:
        raise NotPermitted("Only recruiters are paid.")
    said, account = _checked(payee)
    with unit_of_work(actor) as uow:
        query = select(Payee).where(Payee.recruiter_id == actor.recruiter_id).with_for_update()
        row = uow.session.scalar(query)
        check_version(0 if row is None else row.version, version)
        shown = {"legal_name": said["legal_name"], "legal_form": said["legal_form"], "shown": account.masked}
        if row is not None and _same(row, shown, account):
            return False
        _write(uow, row, {**shown, "sealed": vault.seal(asdict(account)), "changed_at": uow.now})
        uow.record(
            PayeeChanged(
                organisation_id=actor.organisation_id,
                recruiter_id=actor.recruiter_id,
                usable_at=payees.usable_at(uow.now),
                is_first=row is None,
            )
        )
    return True


def _write(uow: UnitOfWork, row: Payee | None, values: Mapping[str, object]) -> None:
    if row is None:
        uow.add(Payee(recruiter_id=uow.actor.recruiter_id, **values))
    else:
        for name, value in {**values, "version": row.version + 1}.items():
            setattr(row, name, value)
    uow.session.flush()


def _same(row: Payee, values: Mapping[str, str], account: Account) -> bool:
    return all(getattr(row, name) == value for name, value in values.items()) and (
        Account(**vault.unseal(row.sealed)) == account
    )


# --- what is typed ------------------------------------------------------------------------------------------------


def _checked(payee: PayeeInput) -> tuple[Mapping[str, str], Account]:
    """Return the texts, cleaned, and the account that they name; each wrong field is told at once."""
    said, wrong = _cleaned(payee)
    if said["legal_form"] not in set(LegalForm):
        wrong.setdefault("legal_form", "Choose who is paid.")
    check = _check_iban if said["iban"] else _check_account
    wrong = {**check(said), **wrong}
    if wrong:
        raise InvalidInput("Some fields need changes.", fields=wrong)
    names = [f.name for f in fields(Account)]
    return said, Account(**{name: said[name] for name in names})


def _cleaned(payee: PayeeInput) -> tuple[dict[str, str], dict[str, str]]:
    said, wrong = dict[str, str](), dict[str, str]()
    for name, value in asdict(payee).items():
        try:
            said[name] = texts.clean(name, value, most=texts.NAME, least=int(name == "legal_name"))
        except InvalidInput as error:
            said[name], wrong = "", {**wrong, **error.fields}
    for name, compact in _COMPACT.items():
        said[name] = compact(said[name])
    return said, wrong


def _close_up(text: str) -> str:
    return "".join(character for character in text.upper() if character not in " -./")


_COMPACT: Mapping[str, Callable[[str], str]] = dict.fromkeys(
    ("iban", "account_number", "bank_code", "bic", "country"), _close_up
)


def _check_iban(said: dict[str, str]) -> dict[str, str]:
    """Check an IBAN with the rules of its country; it says which bank, so other numbers are refused beside it."""
    if not _is_valid(iban.validate, said["iban"]):
        return {"iban": "Enter a valid IBAN; check it against your bank statement."}
    if said["account_number"] or said["bank_code"]:
        return {"iban": "Enter either an IBAN or an account number, not both."}
    said["country"] = said["iban"][:2]
    return {} if not said["bic"] or _is_valid(bic.validate, said["bic"]) else {"bic": BIC_WRONG}


def _check_account(said: dict[str, str]) -> dict[str, str]:
    """Check an account number with the bank that it is at."""
    wrong: dict[str, str] = {}
    number = said["account_number"]
    if not number:
        return {"iban": "Enter an IBAN, or an account number with its country and bank below."}
    if not (number.isascii() and number.isalnum() and 4 <= len(number) <= 34):
        wrong["account_number"] = "Enter the account number: 4 to 34 letters and digits."
    if said["country"] not in COUNTRIES:
        wrong["country"] = "Choose the bank’s country."
    elif said["country"] == "US" and not _is_valid(rtn.validate, said["bank_code"]):
        wrong["bank_code"] = "Enter the bank’s routing number: 9 digits."
    elif said["country"] != "US" and not _is_valid(bic.validate, said["bic"]):
        wrong["bic"] = BIC_WRONG
    return wrong


def _is_valid(validate: Callable[[str], str], text: str) -> bool:
    try:
        validate(text)
    except ValidationError:
        return False
    return True


# --- rotation -----------------------------------------------------------------------------------------------------


def reseal(*, actor: Actor) -> int:
    """Encrypt all bank details with the first of the keys, those that payout runs have copied too, and count them."""
    access.require(actor, Permission.BILLING_MANAGE)
    line = PayoutRunLine
    lines = select(line.run_id, line.recruiter_id, line.payee).where(line.payee.has_key("sealed"))
    with unit_of_work(actor) as uow:
        kept = uow.session.execute(select(Payee.recruiter_id, Payee.sealed).with_for_update()).all()
        for key, sealed in kept:
            uow.session.execute(_again(update(Payee).where(Payee.recruiter_id == key), sealed=vault.reseal(sealed)))
        found = uow.session.execute(lines.with_for_update()).all()
        for run_id, key, copied in found:
            of_line = update(line).where(line.run_id == run_id, line.recruiter_id == key)
            uow.session.execute(_again(of_line, payee={**copied, "sealed": vault.reseal(str(copied["sealed"]))}))
    return len(kept) + len(found)


def _again(row: Update, **values: object) -> Update:
    return row.values(values).execution_options(synchronize_session=False)
