"""Settings: who may change them, within what bounds, and whose terms count (domain.md §4)."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from portal.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted, StaleVersion
from portal.domain.permissions import system_actor
from portal.domain.placements import GuaranteeTerms
from portal.domain.settings import PlatformLimits
from portal.services import settings
from portal.services.machinery.unit_of_work import unit_of_work
from tests.accounts import written
from tests.cast import DAY, Cast
from tests.marketplace import posted

LIMITS, TERMS = PlatformLimits(), GuaranteeTerms()
NOWHERE = uuid.UUID(int=7)


def in_force(company_id: uuid.UUID, job_id: uuid.UUID | None = None) -> GuaranteeTerms:
    """Return the terms as a placement would copy them."""
    with unit_of_work(system_actor(DAY)) as uow:
        return settings.guarantee_terms(uow, company_id=company_id, job_id=job_id)


def limits_now() -> tuple[PlatformLimits, int]:
    """Return the limits as other services read them, and their version."""
    with unit_of_work(system_actor(DAY)) as uow:
        row = settings.current(uow)
        return settings.limits_of(row), row.version


def test_the_portal_starts_with_the_documented_settings(context: None) -> None:
    assert limits_now() == (PlatformLimits(365, 7, 50, 3, 60, 30), 1)
    assert in_force(NOWHERE) == GuaranteeTerms(90, 0, 365, 2, 30, (30, 7, 1), True)


def test_a_change_is_an_event_with_old_and_new(cast: Cast) -> None:
    changed = settings.change_platform(
        actor=cast.actor(cast.pia), limits=replace(LIMITS, proposal_days=10, mails_per_hour=5), version=1
    )
    assert changed == {"proposal_days": ("7", "10"), "mails_per_hour": ("30", "5")}
    assert limits_now() == (PlatformLimits(365, 10, 50, 3, 60, 5), 2)
    (event,) = written("settings.changed")
    assert event["scope"] == "platform"
    assert event["changed"] == {"proposal_days": ["7", "10"], "mails_per_hour": ["30", "5"]}


def test_a_preview_tells_and_changes_nothing(cast: Cast) -> None:
    pia = cast.actor(cast.pia)
    assert settings.change_platform(actor=pia, limits=replace(LIMITS, proposal_days=10), preview=True)
    assert settings.change_guarantee(actor=pia, terms=replace(TERMS, default_days=60), preview=True)
    assert settings.change_guarantee(actor=pia, terms=TERMS, company_id=cast.acme, preview=True)
    assert limits_now() == (LIMITS, 1)
    assert in_force(cast.acme) == TERMS
    assert not written("settings.changed")


def test_the_same_values_again_are_no_change(cast: Cast) -> None:
    pia = cast.actor(cast.pia)
    assert settings.change_platform(actor=pia, limits=LIMITS) == {}
    assert settings.change_guarantee(actor=pia, terms=TERMS) == {}
    assert limits_now()[1] == 1
    assert not written("settings.changed")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"protection_days": 0}, "protection_days"),
        ({"protection_days": 3651}, "protection_days"),
        ({"proposal_days": 0}, "proposal_days"),
        ({"outreach_per_day": -1}, "outreach_per_day"),
        ({"outreach_per_candidate_week": 1001}, "outreach_per_candidate_week"),
        ({"checks_per_hour": 10**9}, "checks_per_hour"),
        ({"mails_per_hour": 0}, "mails_per_hour"),
    ],
)
def test_limits_outside_their_bounds_are_refused(cast: Cast, values: dict[str, int], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        settings.change_platform(actor=cast.actor(cast.pia), limits=replace(LIMITS, **values))
    assert set(refused.value.fields) == {field}
    assert limits_now()[1] == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"default_days": -1}, "default_days"),
        ({"maximum_days": 1096}, "maximum_days"),
        ({"minimum_days": 91}, "minimum_days"),
        ({"maximum_days": 89}, "maximum_days"),
        ({"maximum_extensions": 21}, "maximum_extensions"),
        ({"replacement_window_days": 366}, "replacement_window_days"),
        ({"notice_days": (7, 7)}, "notice_days"),
        ({"notice_days": tuple(range(1, 12))}, "notice_days"),
        ({"notice_days": (0,)}, "notice_days"),
        ({"notice_days": (366,)}, "notice_days"),
    ],
)
def test_terms_outside_their_bounds_are_refused(cast: Cast, values: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        settings.change_guarantee(actor=cast.actor(cast.pia), terms=replace(TERMS, **values))
    assert set(refused.value.fields) == {field}
    assert in_force(cast.acme) == TERMS


def test_a_job_goes_before_its_company_and_a_company_before_the_platform(cast: Cast) -> None:
    pia, job_id, other = cast.actor(cast.pia), posted(cast), posted(cast, title="Another")
    settings.change_guarantee(actor=pia, terms=replace(TERMS, default_days=60), company_id=cast.acme, version=0)
    settings.change_guarantee(actor=pia, terms=replace(TERMS, default_days=30), job_id=job_id, version=0)
    settings.change_guarantee(actor=pia, terms=replace(TERMS, default_days=100), version=1)
    assert in_force(cast.acme, job_id).default_days == 30
    assert in_force(cast.acme, other).default_days == 60
    assert in_force(cast.acme).default_days == 60
    assert in_force(cast.rival).default_days == 100


def test_terms_of_a_company_can_be_dropped_again(cast: Cast) -> None:
    pia, job_id = cast.actor(cast.pia), posted(cast)
    settings.change_guarantee(actor=pia, terms=replace(TERMS, default_days=60), company_id=cast.acme)
    settings.change_guarantee(actor=pia, terms=replace(TERMS, default_days=30), job_id=job_id)
    settings.drop_guarantee(actor=pia, job_id=job_id, version=1)
    assert in_force(cast.acme, job_id).default_days == 60
    settings.drop_guarantee(actor=pia, company_id=cast.acme)
    assert in_force(cast.acme, job_id) == TERMS
    assert [e["changed"] for e in written("settings.changed")][2:] == [
        {"default_days": ["30", "60"], "own_terms": ["yes", "no"]},
        {"default_days": ["60", "90"], "own_terms": ["yes", "no"]},
    ]
    with pytest.raises(Conflict):
        settings.drop_guarantee(actor=pia, company_id=cast.acme)
    with pytest.raises(InvalidInput):
        settings.drop_guarantee(actor=pia)


def test_own_terms_like_those_above_are_still_own(cast: Cast) -> None:
    pia = cast.actor(cast.pia)
    assert settings.change_guarantee(actor=pia, terms=TERMS, company_id=cast.acme) == {"own_terms": ("no", "yes")}
    settings.change_guarantee(actor=pia, terms=replace(TERMS, default_days=60))
    assert in_force(cast.acme).default_days == 90


def test_lists_and_switches_are_told_in_words(cast: Cast) -> None:
    terms = replace(TERMS, notice_days=(1, 14), automatic_completion=False)
    changed = settings.change_guarantee(actor=cast.actor(cast.pia), terms=terms)
    assert changed == {"notice_days": ("30, 7, 1", "14, 1"), "automatic_completion": ("On", "Off")}
    assert in_force(cast.acme).notice_days == (14, 1)
    changed = settings.change_guarantee(actor=cast.actor(cast.pia), terms=replace(terms, notice_days=()))
    assert changed == {"notice_days": ("14, 1", "none")}


def test_a_change_on_an_older_version_is_refused(cast: Cast) -> None:
    pia = cast.actor(cast.pia)
    settings.change_platform(actor=pia, limits=replace(LIMITS, proposal_days=10), version=1)
    with pytest.raises(StaleVersion):
        settings.change_platform(actor=pia, limits=replace(LIMITS, proposal_days=11), version=1)
    settings.change_guarantee(actor=pia, terms=replace(TERMS, default_days=60), company_id=cast.acme, version=0)
    with pytest.raises(StaleVersion):
        settings.change_guarantee(actor=pia, terms=replace(TERMS, default_days=61), company_id=cast.acme, version=0)
    assert in_force(cast.acme).default_days == 60


@pytest.mark.parametrize("target", [{"company_id": NOWHERE}, {"job_id": NOWHERE}, {"company_id": 1, "job_id": 1}])
def test_there_are_no_terms_for_what_does_not_exist(cast: Cast, target: dict[str, object]) -> None:
    known = {"company_id": cast.acme, "job_id": posted(cast)}
    target = {name: known[name] if value == 1 else value for name, value in target.items()}
    with pytest.raises(NotFound):
        settings.change_guarantee(actor=cast.actor(cast.pia), terms=TERMS, **target)


def test_an_agency_has_no_guarantee_terms(cast: Cast) -> None:
    with pytest.raises(NotFound):
        settings.change_guarantee(actor=cast.actor(cast.pia), terms=TERMS, company_id=cast.rita.organisation_id)


@pytest.mark.parametrize("name", ["rita", "omar", "hana", "carl", "zoe"])
def test_only_the_platform_changes_settings(cast: Cast, name: str) -> None:
    actor = cast.actor(getattr(cast, name))
    for change in (
        lambda: settings.change_platform(actor=actor, limits=LIMITS),
        lambda: settings.change_guarantee(actor=actor, terms=TERMS, company_id=cast.acme),
        lambda: settings.drop_guarantee(actor=actor, company_id=cast.acme),
    ):
        with pytest.raises(NotPermitted):
            change()


def test_the_days_of_payout_runs_are_sorted_and_every_month_has_them(cast: Cast) -> None:
    pia = cast.actor(cast.pia)
    changed = settings.change_platform(actor=pia, limits=replace(LIMITS, payout_days=(15, 1)))
    assert changed == {"payout_days": ("1", "1, 15")}
    changed = settings.change_platform(
        actor=pia, limits=replace(LIMITS, payout_days=(1, 15), time_zone="Europe/Berlin")
    )
    assert changed == {"time_zone": ("UTC", "Europe/Berlin")}
    assert limits_now()[0].time_zone == "Europe/Berlin"
    with pytest.raises(InvalidInput):
        settings.change_platform(actor=pia, limits=replace(LIMITS, time_zone="Mars/Olympus"))
    assert limits_now()[0].payout_days == (1, 15)
    with pytest.raises(InvalidInput) as refused:
        settings.change_platform(actor=pia, limits=replace(LIMITS, payout_days=(31,)))
    assert "payout_days" in refused.value.fields
