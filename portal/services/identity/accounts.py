"""People, organizations and who belongs where (domain.md §1); sessions and passwords have modules of their own."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

from sqlalchemy import delete, exists, func, select, update

from portal import access
from portal.domain import events, people, seen
from portal.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted, TooMany, existing
from portal.domain.ids import PLATFORM_ORGANISATION_ID
from portal.domain.money import CURRENCIES
from portal.domain.permissions import ADMIN_ROLES, ROLES_OF_KIND, Actor, OrganisationKind, Permission, Role, Scope
from portal.domain.texts import NAME, clean
from portal.models import Membership, Organisation, Recruiter, User
from portal.models.accounts import RECRUITER_STATUSES, THEMES
from portal.queries import gone
from portal.runtime import limits
from portal.runtime.limits import Limit, Window
from portal.services.identity.access_tokens import end_tokens
from portal.services.identity.addresses import email_address
from portal.services.identity.passwords import hashed
from portal.services.identity.resets import invite
from portal.services.identity.sessions import end_sessions
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work
from portal.services.messages import digests, notices

INVITATIONS, TO_ONE_ADDRESS = Limit("invitations", 50, 60 * 60), Limit("invited-address", 5, 24 * 60 * 60)
TO_ONE_FROM_ALL = Limit("invited-by-all", 15, 24 * 60 * 60)  # which no organization fills alone
OWN_STATUS = "This is your own profile, so another admin has to change its status."


def create_user(
    uow: UnitOfWork, *, email: str, name: str, password: str | None = None, time_zone: str = "UTC"
) -> uuid.UUID:
    """Add a person who can sign in, or who has to set a password first.

    Raises:
        InvalidInput: the address, the name or the password cannot be.
        Conflict: the address has an account.
    """
    row = User(
        email=email_address(email), name=clean("name", name, most=NAME, least=1), time_zone=people.time_zone(time_zone)
    )
    if password is not None:
        people.check_password(password, email=row.email, person=row.name)
        row.password_hash, row.password_changed_at = hashed(password), uow.now
    taken = Conflict("An account with this email address already exists.", code="EMAIL_TAKEN")
    with uow.refusing({"uq_users_email": taken, "ck_users_time_zone": people.ZONE_UNKNOWN}):
        uow.add(row)
    uow.record(events.UserAdded(user_id=row.id))
    return row.id


def create_organisation(
    uow: UnitOfWork, *, kind: str, name: str, time_zone: str = "UTC", currency: str = "USD"
) -> uuid.UUID:
    """Add a company or an agency.

    Raises:
        InvalidInput: the kind, the name, the zone or the currency cannot be.
    """
    row = Organisation(
        kind=_one_of("kind", kind, (OrganisationKind.COMPANY, OrganisationKind.AGENCY)),
        name=clean("name", name, most=NAME, least=1),
        time_zone=people.time_zone(time_zone),
        currency=_one_of("currency", currency, CURRENCIES),
    )
    with uow.refusing({"ck_organisations_time_zone": people.ZONE_UNKNOWN}):
        uow.add(row)
    uow.record(events.OrganisationAdded(organisation_id=row.id, kind=row.kind))
    return row.id


def join(
    uow: UnitOfWork, *, user_id: uuid.UUID, organisation_id: uuid.UUID, role: str, invited_as: str | None = None
) -> uuid.UUID:
    """Add a person to an organization in a role; a member who joined through another one keeps their own name.

    Raises:
        InvalidInput: this kind of organization has no such role.
        Conflict: the person already has it.
    """
    kind = uow.session.scalars(select(Organisation.kind).where(Organisation.id == organisation_id)).one()
    already = _already(uow, user_id, organisation_id)
    row = Membership(
        user_id=user_id,
        organisation_id=organisation_id,
        role=_one_of("role", role, ROLES_OF_KIND[OrganisationKind(kind)]),
        invited_as=None if already == people.MEMBER else invited_as,
    )
    member = Conflict("This person already has that role here.", code="ALREADY_MEMBER")
    with uow.refusing({"uq_memberships_user_id_organisation_id_role": member}):
        uow.add(row)
    uow.record(events.MembershipAdded(user_id=user_id, role=row.role, already=already, organisation_id=organisation_id))
    return row.id


def create_recruiter(
    uow: UnitOfWork, user_id: uuid.UUID, agency_id: uuid.UUID | None, status: str = "pending"
) -> uuid.UUID:
    """Create a person's recruiter profile.

    Raises:
        InvalidInput: there is no such status.
        Conflict: the person already has a profile.
    """
    row = Recruiter(user_id=user_id, agency_id=agency_id, status=_one_of("status", status, RECRUITER_STATUSES))
    with uow.refusing({"uq_recruiters_user_id": Conflict("This person already has a recruiter profile.")}):
        uow.add(row)
    uow.record(
        events.RecruiterAdded(recruiter_id=row.id, user_id=user_id, status=row.status, organisation_id=agency_id)
    )
    return row.id


def _one_of(name: str, value: str, choices: Iterable[str]) -> str:
    listed = [str(choice) for choice in choices]
    if value not in listed:
        raise InvalidInput.field(name, "Choose one of: " + ", ".join(listed).replace("_", " ") + ".")
    return str(value)


# --- by administrators ---------------------------------------------------------------------------------------


def add_organisation(*, actor: Actor, kind: str, name: str, time_zone: str = "UTC", currency: str = "USD") -> uuid.UUID:
    """Add a company or an agency to the portal."""
    access.require(actor, Permission.USERS_ADMINISTER)
    with unit_of_work(actor) as uow:
        return create_organisation(uow, kind=kind, name=name, time_zone=time_zone, currency=currency)


def add_member(*, actor: Actor, organisation_id: uuid.UUID, email: str, role: str, name: str = "") -> uuid.UUID:
    """Add a person to an organization in a role and return the membership's id; people without an account are invited.

    A company does not learn by it whether the address has an account, and whose: to it the person is whom it named, and
    invited, until the person first acts for it.

    Raises:
        InvalidInput: the address, the name or the role cannot be.
        Conflict: the person has that role.
        TooMany: the organization, or this address, was invited too often.
    """
    _check_team(actor, organisation_id)
    address = email_address(email)
    sees_all = actor.scope(Permission.TEAM_EDIT) is Scope.ANY
    named = None if sees_all else clean("name", name, most=NAME, least=1)
    with _paced(actor, address), unit_of_work(actor) as uow:
        zone = _zone_of(uow, organisation_id)
        known = person_at(uow, address)
        user_id = known or create_user(uow, email=address, name=name, time_zone=zone)
        membership_id = join(uow, user_id=user_id, organisation_id=organisation_id, role=role, invited_as=named)
        if role == Role.RECRUITER:
            _recruit(uow, user_id, organisation_id)
        if known is None:
            invite(uow, user_id=user_id, organisation_id=organisation_id, role=role)
    return membership_id


def _already(uow: UnitOfWork, user_id: uuid.UUID, organisation_id: uuid.UUID) -> str:
    """Return whether the person is a member who has joined, has only been invited, or neither."""
    here = Membership.user_id == user_id, Membership.organisation_id == organisation_id
    names = uow.session.scalars(select(Membership.invited_as).where(*here)).all()
    return people.MEMBER if None in names else people.INVITED if names else ""


def person_at(uow: UnitOfWork, address: str) -> uuid.UUID | None:
    """Return whose address this is.

    Raises:
        InvalidInput: it is the portal's own address, which never has a role.
    """
    query = select(User.id, User.is_system).where(func.lower(User.email) == people.folded(address))
    row = uow.session.execute(query).one_or_none()
    if row is not None and row.is_system:
        raise InvalidInput.field("email", "This address belongs to the portal. Enter a person’s email address.")
    return row.id if row is not None else None


@contextmanager
def _paced(actor: Actor, address: str) -> Iterator[None]:
    """Count an invitation, so that no one can flood a stranger's mailbox or keep others from inviting a person.

    Invitations that are not sent after all, because of a refusal or an outage, are uncounted.

    Raises:
        TooMany: the organization sent too many invitations, or this address got too many, from it or from everyone.
    """
    invited, inviting = people.folded(address), str(actor.organisation_id)
    counted = [(TO_ONE_ADDRESS, f"{inviting} {invited}")]
    if actor.scope(Permission.TEAM_EDIT) is not Scope.ANY:  # the platform adds whole organizations
        counted += [(TO_ONE_FROM_ALL, invited), (INVITATIONS, inviting)]
    with ExitStack() as unsent:
        for limit, who in counted:
            window = limits.count(limit, who)
            unsent.callback(limits.give_back, limit, who)
            _refuse_over(window)
        yield
        unsent.pop_all()


def _refuse_over(window: Window) -> None:
    if window.is_over:
        said = "Several invitations have gone to this address today. Try again tomorrow."
        if window.limit is INVITATIONS:
            minutes = -(-window.seconds_left // 60)
            said = f"The limit is {INVITATIONS.most} invitations an hour. Try again in {minutes} min."
        raise TooMany(said, retry_after=window.seconds_left)


def _check_team(actor: Actor, organisation_id: uuid.UUID) -> None:
    access.require(actor, Permission.TEAM_EDIT)
    if actor.scope(Permission.TEAM_EDIT) is not Scope.ANY and organisation_id != actor.organisation_id:
        raise NotFound()


def _zone_of(uow: UnitOfWork, organisation_id: uuid.UUID) -> str:
    zone = select(Organisation.time_zone).where(Organisation.id == organisation_id)
    return existing(uow.session.scalars(zone).one_or_none())


def _recruit(uow: UnitOfWork, user_id: uuid.UUID, agency_id: uuid.UUID) -> None:
    """Make a person a recruiter, or have the recruiter work for this agency from now on."""
    row = uow.session.scalars(select(Recruiter).where(Recruiter.user_id == user_id).with_for_update()).one_or_none()
    if row is None:
        create_recruiter(uow, user_id, agency_id)
    else:
        row.agency_id = agency_id


def remove_member(uow: UnitOfWork, membership_id: uuid.UUID) -> Membership:
    """Take a role away, effective from the person's next request, and return which one it was.

    Raises:
        Conflict: the organization would have no admin, or someone has already removed it.
    """
    row = _membership(uow, uow.actor, membership_id)
    if row.role in ADMIN_ROLES:
        _keep_an_admin(uow, row.organisation_id, row.role, without=row.user_id)
    removed = uow.session.scalars(
        delete(Membership).where(Membership.id == membership_id).returning(Membership.id)
    ).one_or_none()
    if removed is None:
        raise gone.removed_member(membership_id, viewer=uow.actor)
    digests.forget(uow, row.user_id, left=row.organisation_id)
    if row.role == Role.COMPANY_ADMIN:
        notices.forget_money(uow, row.user_id, row.organisation_id)
    uow.record(
        events.MembershipRemoved(
            user_id=row.user_id, role=row.role, organisation_id=row.organisation_id, membership_id=membership_id
        )
    )
    return row


def _membership(uow: UnitOfWork, actor: Actor, membership_id: uuid.UUID) -> Membership:
    """Load a membership of an organization that the actor administers."""
    row = uow.session.scalars(select(Membership).where(Membership.id == membership_id)).one_or_none()
    if row is None:
        access.require(actor, Permission.TEAM_EDIT)
        raise gone.removed_member(membership_id, viewer=actor)
    _check_team(actor, row.organisation_id)
    return row


def _keep_an_admin(uow: UnitOfWork, organisation_id: uuid.UUID, role: str, *, without: uuid.UUID) -> None:
    """Refuse to leave an organization without an admin; two admins who remove each other take turns at its row."""
    uow.session.execute(
        select(Organisation.id).where(Organisation.id == organisation_id).with_for_update(key_share=True)
    )
    others = exists().where(
        Membership.organisation_id == organisation_id,
        Membership.role == role,
        Membership.user_id != without,
        Membership.user_id == User.id,
        User.disabled_at.is_(None),
        User.is_system.is_(False),
    )
    if not uow.session.scalars(select(others)).one():
        raise Conflict("There is no other admin here. Make someone else an admin first.", code="LAST_ADMIN")


def invite_again(membership_id: uuid.UUID, *, actor: Actor) -> None:
    """Send another email to a member who has not joined yet.

    Raises:
        Conflict: the person has joined and has a password.
        TooMany: see `add_member`.
    """
    with unit_of_work(actor) as uow:
        row = _membership(uow, actor, membership_id)
        user = uow.session.scalars(select(User).where(User.id == row.user_id).with_for_update(key_share=True)).one()
        if user.password_hash is not None and row.invited_as is None:
            raise Conflict("This person has already set a password; it can be reset from the sign-in page.")
        person, role, inviting = row.user_id, row.role, row.organisation_id
        with _paced(actor, user.email):
            if user.password_hash is None:
                invite(uow, user_id=person, organisation_id=inviting, role=role)
            else:  # the sender does not learn that there is an account: its owner is notified of the role again
                uow.record(events.MembershipAdded(user_id=person, role=role, organisation_id=inviting))


def set_recruiter_status(recruiter_id: uuid.UUID, *, actor: Actor, status: str) -> None:
    """Activate or suspend a recruiter.

    Raises:
        InvalidInput: there is no such status.
        NotPermitted: it is the actor's own profile.
        Conflict: the recruiter has that status.
    """
    access.require(actor, Permission.USERS_ADMINISTER)
    wanted = _one_of("status", status, RECRUITER_STATUSES)
    with unit_of_work(actor) as uow:
        locked = select(Recruiter).where(Recruiter.id == recruiter_id).with_for_update()
        row = existing(uow.session.scalars(locked).one_or_none())
        if row.status == wanted:
            raise Conflict(f"This recruiter is already {wanted}.")
        give_status(uow, row, wanted)


def give_status(uow: UnitOfWork, row: Recruiter, wanted: str) -> None:
    """Change the status of a locked recruiter, which nobody does to their own."""
    uow.refuse_own(Recruiter.id == row.id, OWN_STATUS)
    old, row.status = row.status, wanted
    uow.record(events.RecruiterStatusChanged(recruiter_id=row.id, old=old, new=wanted, organisation_id=row.agency_id))
    uow.forget("leaderboard")


def set_access(user_id: uuid.UUID, *, actor: Actor, disabled: bool) -> None:
    """Close an account, which ends its sessions and access tokens immediately, or open it again.

    Raises:
        NotPermitted: it is the actor's own.
        Conflict: it already is, or it belongs to the last platform admin.
    """
    access.require(actor, Permission.USERS_ADMINISTER)
    if user_id == actor.user_id:
        raise NotPermitted("You can’t close your own account. Ask another platform admin.")
    with unit_of_work(actor) as uow:
        if disabled:
            _keep_an_admin(uow, PLATFORM_ORGANISATION_ID, Role.PLATFORM_ADMIN, without=user_id)
        locked = select(User).where(User.id == user_id, User.is_system.is_(False)).with_for_update(key_share=True)
        row = existing(uow.session.scalars(locked).one_or_none())
        if disabled == (row.disabled_at is not None):
            raise Conflict(f"This account is already {'closed' if disabled else 'open'}.")
        row.disabled_at = uow.now if disabled else None
        end_sessions(uow, user_id)
        if disabled:
            end_tokens(uow, user_id, "the account was closed")
            digests.forget(uow, user_id)
        uow.record(events.UserAccessChanged(user_id=user_id, disabled=disabled))


# --- one's own ------------------------------------------------------------------------------------------------


def change_profile(
    *, actor: Actor, name: str, time_zone: str, number_format: str, seen_profile: str | None = None
) -> None:
    """Set the actor's name, time zone and number format; `seen_profile` is the digest of those that the form showed.

    Raises:
        InvalidInput: the name, the zone or the format cannot be.
    """
    values = {
        "name": clean("name", name, most=NAME, least=1),
        "time_zone": people.time_zone(time_zone),
        "number_format": people.number_format(number_format).value,
    }
    with unit_of_work(actor) as uow:
        row = uow.session.scalars(select(User).where(User.id == actor.user_id).with_for_update(key_share=True)).one()
        present = {field: getattr(row, field) for field in values}
        seen.check(present, values, seen_profile)
        changed = tuple(field for field, value in values.items() if present[field] != value)
        with uow.refusing({"ck_users_time_zone": people.ZONE_UNKNOWN}):
            for field in changed:
                setattr(row, field, values[field])
        if changed:
            uow.record(events.UserProfileChanged(user_id=actor.user_id, changed=changed))


def set_theme(theme: str, *, actor: Actor) -> None:
    """Choose the light theme, the dark one, or the system's.

    Raises:
        InvalidInput: there is no such theme.
    """
    wanted = _one_of("theme", theme, THEMES)
    with unit_of_work(actor) as uow:
        uow.session.execute(update(User).where(User.id == actor.user_id).values(theme=wanted))
