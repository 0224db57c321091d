"""Who belongs where: the team of a company, and all people and organizations for the platform (domain.md §1)."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    and_,
    case,
    distinct,
    exists,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, aliased

from portal import access
from portal.domain.errors import NotFound, existing
from portal.domain.permissions import (
    ADMIN_ROLES,
    ROLE_LABELS,
    ROLES_OF_KIND,
    Actor,
    OrganisationKind,
    Permission,
    Role,
    Scope,
)
from portal.domain.placements import SPLITS_OPEN
from portal.domain.proposals import OPEN, ProposalState
from portal.domain.seen import digest
from portal.extensions import reading
from portal.models import (
    CandidateSourcer,
    Collaborator,
    Delivery,
    Membership,
    Organisation,
    Placement,
    Proposal,
    Recruiter,
    User,
    UserSession,
    stands,
)
from portal.queries import gone
from portal.queries.filters import Choice, Days, Search
from portal.queries.list_parts import EARLIEST, NEWEST, Cell, Column, Sort
from portal.queries.lists import NOBODY, Listing, as_selected
from portal.queries.paging import PAGE_SIZE, Page, cut
from portal.wording.states import state_info

INVITED = ("invited", "unreached")  # states of an account
INVITATIONS = ("invitation", "membership_added")  # templates
CHOICES = 1_000  # organizations in a select; beyond that one starts from the organization's own page
KIND_LABELS = {
    OrganisationKind.COMPANY: "Company",
    OrganisationKind.AGENCY: "Agency",
    OrganisationKind.PLATFORM: "Platform",
}


@dataclass(frozen=True, slots=True)
class Member:
    """One role of one person in an organization; the last admin stays."""

    id: uuid.UUID
    user_id: uuid.UUID
    name: str
    email: str
    role: str
    role_label: str
    since: datetime
    state: str
    is_last_admin: bool
    organisation_id: uuid.UUID
    organisation_name: str

    @property
    def is_recruiter(self) -> bool:
        """Return whether something may have to be handed over."""
        return self.role == Role.RECRUITER

    @property
    def is_invited(self) -> bool:
        """Return whether the person has not acted here yet, or the account waits for its first password."""
        return self.state in INVITED


@dataclass(frozen=True, slots=True)
class OrganisationView:
    """An organization and a page of its members."""

    id: uuid.UUID
    name: str
    kind: str
    kind_label: str
    time_zone: str
    currency: str
    roles: tuple[tuple[str, str], ...]
    members: Page[Member]


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    id: uuid.UUID
    name: str
    kind: str
    members: int
    created_at: datetime

    @property
    def kind_label(self) -> str:
        return KIND_LABELS[OrganisationKind(self.kind)]


@dataclass(frozen=True, slots=True)
class PersonRow:
    id: uuid.UUID
    name: str
    email: str
    state: str
    organisations: str
    recruiter_status: str | None
    last_seen_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person for the platform: where the person belongs, and whether the account is open."""

    id: uuid.UUID
    name: str
    email: str
    time_zone: str
    state: str
    created_at: datetime
    last_seen_at: datetime | None
    recruiter_id: uuid.UUID | None
    recruiter_status: str | None
    agency_name: str | None
    external_subject: str | None  # "issuer subject" of an identity provider
    is_viewer: bool
    memberships: tuple[Member, ...]

    @property
    def is_closed(self) -> bool:
        return self.state == "disabled"


def _state() -> ColumnElement[str]:
    """Return whether an account is open, closed, or waits for its first password."""
    return case((User.disabled_at.is_not(None), "disabled"), (_has_way_in(), "active"), else_=_invited())


def _invited() -> ColumnElement[str]:
    """Return whether the newest email that invites the person was given up."""
    mails = select(Delivery.state).where(Delivery.user_id == User.id, Delivery.template.in_(INVITATIONS))
    newest = mails.order_by(Delivery.id.desc()).limit(1).correlate(User).scalar_subquery()
    return case((newest == "dead", "unreached"), else_="invited")


def _has_way_in() -> ColumnElement[bool]:
    return or_(User.password_hash.is_not(None), User.external_subject.is_not(None))


@lru_cache(maxsize=1)
def _members() -> Select[*tuple[Any, ...]]:
    """Select memberships with their people; who has not acted here yet is whom the inviter named.

    An admin is the last one when no other open account has the role there.
    """
    other, person = aliased(Membership), aliased(User)
    others = exists().where(
        other.organisation_id == Membership.organisation_id,
        other.role == Membership.role,
        other.user_id != Membership.user_id,
        person.id == other.user_id,
        person.disabled_at.is_(None),
    )
    return (
        select(
            Membership.id,
            Membership.user_id,
            func.coalesce(Membership.invited_as, User.name).label("name"),
            User.email,
            Membership.role,
            Membership.created_at.label("since"),
            case((Membership.invited_as.is_not(None), _invited()), else_=_state()).label("state"),
            and_(Membership.role.in_(ADMIN_ROLES), ~others).label("is_last_admin"),
            Membership.organisation_id,
            Organisation.name.label("organisation_name"),
        )
        .join(User, User.id == Membership.user_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
    )


def _to_member(row: Row[*tuple[Any, ...]]) -> Member:
    return Member(**row._mapping, role_label=ROLE_LABELS[Role(row.role)])


def _may_administer(viewer: Actor) -> ColumnElement[bool]:
    """Limit memberships to those of organizations that the viewer administers."""
    if viewer.scope(Permission.TEAM_EDIT) is Scope.ANY:
        return true()
    return Membership.organisation_id == viewer.organisation_id


def member(membership_id: uuid.UUID, *, viewer: Actor) -> Member:
    """Return one membership that the viewer may administer.

    Raises:
        Conflict: somebody removed it.
    """
    access.require(viewer, Permission.TEAM_EDIT)
    query = _members().where(Membership.id == membership_id, _may_administer(viewer))
    row = reading().execute(query).one_or_none()
    if row is None:
        raise gone.removed_member(membership_id, viewer=viewer)
    return _to_member(row)


def organisation(
    organisation_id: uuid.UUID | None, *, viewer: Actor, before: uuid.UUID | None = None
) -> OrganisationView:
    """Return an organization that the viewer administers with a page of its members, latest first."""
    access.require(viewer, Permission.TEAM_EDIT)
    if viewer.scope(Permission.TEAM_EDIT) is not Scope.ANY and organisation_id != viewer.organisation_id:
        raise NotFound()
    query = select(
        Organisation.id, Organisation.name, Organisation.kind, Organisation.time_zone, Organisation.currency
    ).where(Organisation.id == organisation_id)
    row = existing(reading().execute(query).one_or_none())
    kind = OrganisationKind(row.kind)
    roles = tuple((str(role), ROLE_LABELS[role]) for role in ROLES_OF_KIND[kind])
    return OrganisationView(
        row.id,
        row.name,
        row.kind,
        KIND_LABELS[kind],
        row.time_zone,
        row.currency,
        roles,
        _member_page(row.id, before),
    )


def _member_page(organisation_id: uuid.UUID, before: uuid.UUID | None) -> Page[Member]:
    query = _members().where(Membership.organisation_id == organisation_id)
    if before is not None:
        query = query.where(Membership.id < before)
    rows = reading().execute(query.order_by(Membership.id.desc()).limit(PAGE_SIZE + 1)).all()
    shown, more = cut(rows, PAGE_SIZE)
    members = tuple(_to_member(row) for row in shown)
    return Page(members, older=members[-1].id if more else None)


def _all_organisations(viewer: Actor) -> Select[Any]:
    access.require(viewer, Permission.USERS_ADMINISTER)
    return select(Organisation.id)


def _organisation_columns(_viewer: Actor) -> Select[Any]:
    people_here = select(func.count(func.distinct(Membership.user_id)))
    counted = people_here.where(Membership.organisation_id == Organisation.id).correlate(Organisation).scalar_subquery()
    return select(Organisation.id, Organisation.name, Organisation.kind, counted, Organisation.created_at)


# Organizations and people are thousands, not millions: no order of them needs an index.
ORGANISATIONS = Listing(
    name="organisations",
    noun=("organization", "organizations"),
    path="/admin/people/organisations",
    looked_at=NOBODY,
    id=Organisation.id,
    among=_all_organisations,
    shows=_organisation_columns,
    make=as_selected(OrganisationRow),
    filters=(
        Search("q", "Name", text=Organisation.name),
        Choice(
            "kind",
            "Type",
            options={str(kind): label for kind, label in KIND_LABELS.items()},
            on=lambda kind: Organisation.kind == kind,
        ),
        Days("added", "Added", on=Organisation.created_at, more=True),
    ),
    sorts=(
        Sort("added", "Added", Organisation.id, NEWEST, falls=True),
        Sort("name", "Name", func.lower(Organisation.name, type_=Text)),
    ),
    columns=(
        Column("Name", sort="name"),
        Column("Type"),
        Column("Members", "n"),
        Column("Added", "only-l", sort="added"),
    ),
    cells=(
        Cell("Name", lambda row: row.name),
        Cell("Type", lambda row: row.kind_label),
        Cell("Members", lambda row: row.members),
        Cell("Added", lambda row: row.created_at, is_time=True),
    ),
)


def _all_people(viewer: Actor) -> Select[Any]:
    """Select everybody; the system is nobody."""
    access.require(viewer, Permission.USERS_ADMINISTER)
    return select(User.id).where(User.is_system.is_(False))


def _person_columns(_viewer: Actor) -> Select[Any]:
    there = func.coalesce(_organisations_of().scalar_subquery(), "")
    account: tuple[Any, ...] = (User.id, User.name, User.email, _state().label("state"))
    return (
        select(*account, there, Recruiter.status, _last_seen(), User.created_at)
        .select_from(User)
        .outerjoin(Recruiter, Recruiter.user_id == User.id)
    )


def _organisations_of() -> Select[str]:
    """Select the names of the organizations of a person, in one text."""
    names = func.string_agg(distinct(Organisation.name), aggregate_order_by(literal(", "), Organisation.name))
    joined = select(names).join(Membership, Membership.organisation_id == Organisation.id)
    return joined.where(Membership.user_id == User.id).correlate(User)


def _last_seen() -> ColumnElement[datetime]:
    seen = select(func.max(UserSession.last_seen_at)).where(UserSession.user_id == User.id)
    return seen.correlate(User).scalar_subquery()


PEOPLE = Listing(
    name="people",
    noun=("person", "people"),
    path="/admin/people",
    looked_at="people",
    id=User.id,
    among=_all_people,
    shows=_person_columns,
    make=as_selected(PersonRow),
    filters=(
        Search("q", "Name or email", text=(User.name, User.email)),
        Choice(
            "account",
            "Account",
            options={name: state_info("account", name)[0] for name in ("active", *INVITED, "disabled")},
            on=lambda state: _state() == state,
        ),
        Days("added", "Added", on=User.created_at, more=True),
    ),
    sorts=(
        Sort("added", "Added", User.id, NEWEST, falls=True),
        Sort("name", "Name", func.lower(User.name, type_=Text)),
        Sort("seen", "Last seen", func.coalesce(_last_seen(), literal(EARLIEST)), NEWEST, falls=True),
    ),
    columns=(
        Column("Name", sort="name"),
        Column("Organizations"),
        Column("Account"),
        Column("Recruiter"),
        Column("Last seen", "only-l", sort="seen"),
        Column("Added", "only-l", sort="added"),
    ),
    cells=(
        Cell("Name", lambda row: row.name),
        Cell("Email", lambda row: row.email),
        Cell("Organizations", lambda row: row.organisations),
        Cell("Account", lambda row: state_info("account", row.state)[0]),
        Cell("Recruiter", lambda row: row.recruiter_status),
        Cell("Last seen", lambda row: row.last_seen_at, is_time=True),
        Cell("Added", lambda row: row.created_at, is_time=True),
    ),
)


def person(user_id: uuid.UUID, *, viewer: Actor) -> PersonView:
    access.require(viewer, Permission.USERS_ADMINISTER)
    agency = aliased(Organisation)
    account = (User.id, User.name, User.email, User.time_zone, _state(), User.created_at, _last_seen())
    query = (
        select(*account, Recruiter.id, Recruiter.status, agency.name, User.external_subject)
        .outerjoin(Recruiter, Recruiter.user_id == User.id)
        .outerjoin(agency, agency.id == Recruiter.agency_id)
        .where(User.id == user_id, User.is_system.is_(False))
    )
    row: Any = existing(reading().execute(query).one_or_none())
    held = _members().where(Membership.user_id == user_id).order_by(Organisation.name, Membership.role)
    memberships = tuple(_to_member(m) for m in reading().execute(held))
    fields: tuple[Any, ...] = (*row, user_id == viewer.user_id, memberships)
    return PersonView(*fields)


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a recruiter holds; all but the locked shares passes on, or ends."""

    claims: int
    proposals: int
    accepted: int
    open_shares: int
    locked_shares: int

    @property
    def is_empty(self) -> bool:
        """Return whether nobody has to take over anything."""
        return not (self.claims or self.proposals or self.accepted or self.open_shares)

    @property
    def mark(self) -> str:
        """Return what a form carries for what it listed."""
        return digest(asdict(self))


def holdings(user_id: uuid.UUID, *, viewer: Actor) -> Holdings:
    """Count what a recruiter holds: nothing, for anyone who isn't one."""
    access.require(viewer, Permission.USERS_ADMINISTER)
    return held_by(user_id, viewer.now, reading())


def held_by(user_id: uuid.UUID, now: datetime, session: Session | Connection) -> Holdings:
    """Count what a recruiter holds, as a transaction sees it."""
    mine = select(Recruiter.id).where(Recruiter.user_id == user_id).scalar_subquery()
    shares = select(func.count()).select_from(Collaborator).join(Placement, Placement.id == Collaborator.placement_id)
    shares = shares.where(Collaborator.recruiter_id == mine)
    claims = select(func.count()).where(
        CandidateSourcer.recruiter_id == mine,
        CandidateSourcer.is_current,
        CandidateSourcer.protection_expires_at > now,
    )
    made = select(func.count()).where(Proposal.recruiter_id == mine)
    hired = exists().where(Placement.proposal_id == Proposal.id, stands(Placement))
    counts = (
        claims,
        made.where(Proposal.state.in_(OPEN)),
        made.where(Proposal.state == ProposalState.ACCEPTED, ~hired),
        shares.where(Placement.splits_locked_at.is_(None), Placement.state.in_(SPLITS_OPEN)),
        shares.where(Placement.splits_locked_at.is_not(None)),
    )
    return Holdings(*session.execute(select(*(count.scalar_subquery() for count in counts))).one())


def organisation_options(*, viewer: Actor) -> tuple[tuple[str, str], ...]:
    access.require(viewer, Permission.USERS_ADMINISTER)
    query = select(Organisation.id, Organisation.name, Organisation.kind).order_by(Organisation.name).limit(CHOICES)
    return tuple(
        (str(row.id), f"{row.name} ({KIND_LABELS[OrganisationKind(row.kind)].lower()})")
        for row in reading().execute(query)
    )
