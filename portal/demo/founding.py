"""How the demo begins: accounts, settings, jobs, candidates, claims and outreach."""

from __future__ import annotations

import contextlib
import csv
import io
import uuid
from datetime import datetime
from functools import partial

from portal.demo import texts
from portal.demo.people import ADMINS, ORGANISATIONS, PEOPLE, SEEKERS, Seeker
from portal.demo.plan import (
    CHALLENGES,
    LAST_RUN,
    OPENINGS,
    PILOT_DAYS,
    PILOT_ENDS,
    RUN_EVERY,
    SCREENED,
    TAKEOVERS,
    UNSUBSCRIBED,
    Opening,
)
from portal.demo.simulation import HOUR, Simulation
from portal.demo.world import SEEKERS_BY_KEY, World
from portal.domain.billing.runs import LAST_PAYOUT_DAY
from portal.domain.profiles import NOTHING_KNOWN, Profile
from portal.domain.settings import PlatformLimits
from portal.mailers import post
from portal.services import jobs, settings
from portal.services.candidates import candidates, imports, outreach, ownership
from portal.services.candidates.contacts import CandidateInput, CheckInput
from portal.services.candidates.outreach import OutreachInput
from portal.services.candidates.ownership import CandidateProtected
from portal.services.identity import accounts
from portal.services.jobs import JobInput
from portal.services.machinery.unit_of_work import unit_of_work

IMPORTED_BY = "elena"
# What the file from the fair tells of each; its last column are the skills.
FROM_THE_FAIR = ("full_name", "email", "phone", "location", "title", "employer", "linkedin_url")
NOTICE_WEEKS = (0, 4, 8, 12)
LANGUAGES = (("English",), ("English", "German"), ("English", "Spanish"))
CLAIMED_BY_OUTREACH = 7  # every so many-th candidate was written to first


def open_accounts(world: World, password: str) -> None:
    """Make the organizations and everybody's account with one password."""
    with unit_of_work(post.system()) as uow:
        for name, (kind, zone, currency) in ORGANISATIONS.items():
            made = accounts.create_organisation(uow, kind=kind, name=name, time_zone=zone, currency=currency)
            world.organisations[name] = made
        for person in PEOPLE:
            zone = ORGANISATIONS[person.organisation][1] if person.organisation in ORGANISATIONS else "UTC"
            user_id = accounts.create_user(uow, email=person.email, name=person.name, password=password, time_zone=zone)
            world.users[person.key] = user_id
            organisation_id = world.organisations[person.organisation]
            accounts.join(uow, user_id=user_id, organisation_id=organisation_id, role=person.role)
            if person.status:
                recruiter_id = accounts.create_recruiter(uow, user_id, organisation_id, person.status)
                world.recruiters[person.key] = recruiter_id


def plan_settings(sim: Simulation, world: World) -> None:
    """Start the network with a shorter protection, as a pilot."""
    for days, protection in ((242, PILOT_DAYS), (PILOT_ENDS, 365)):
        limits = PlatformLimits(protection_days=protection, payout_days=_payout_days(sim))
        sim.at(sim.days_ago(days), partial(_limit, world, limits))


def _payout_days(sim: Simulation) -> tuple[int, ...]:
    """Return the days of the month of the last two payout runs."""
    last = (sim.days_ago(LAST_RUN + more).day for more in (0, RUN_EVERY))
    return tuple(sorted({min(day, LAST_PAYOUT_DAY) for day in last}))


def _limit(world: World, limits: PlatformLimits) -> None:
    settings.change_platform(actor=world.actor("pia"), limits=limits)


def plan_jobs(sim: Simulation, world: World) -> None:
    """Post the companies' jobs and change their status."""
    for opening in OPENINGS:
        sim.at(sim.days_ago(opening.posted), partial(_post, world, opening))
        for days, status in opening.turns:
            sim.at(sim.days_ago(days), partial(_turn, world, opening, status))


def _post(world: World, opening: Opening) -> None:
    said = JobInput(
        title=opening.title,
        fee_bp=opening.fee_bp,
        description=f"{opening.about} You'll report to the head of the department and work with two other teams.",
        location=opening.location,
        currency=ORGANISATIONS[opening.company][2],
        salary_min_minor=opening.low * 100_000,
        salary_max_minor=opening.high * 100_000,
        status=opening.status,
    )
    world.jobs[opening.key] = jobs.post(actor=world.actor(ADMINS[opening.company]), input=said)


def _turn(world: World, opening: Opening, status: str) -> None:
    jobs.change_status(world.jobs[opening.key], actor=world.actor(ADMINS[opening.company]), status=status)


# --- candidates ------------------------------------------------------------------------------------------------


def plan_candidates(sim: Simulation, world: World) -> None:
    """Add, import and claim candidates, write to them, and make recruiters get in each other's way."""
    imported = [s for s in SEEKERS if s.recruiter == IMPORTED_BY]
    sim.at(sim.days_ago(imported[0].claimed or 0), lambda: _import(world, imported))
    for number, seeker in enumerate(s for s in SEEKERS if s.recruiter != IMPORTED_BY):
        if seeker.claimed is None:
            sim.at(sim.days_ago(24), partial(_add, world, seeker))
            continue
        moment = sim.days_ago(seeker.claimed)
        by_outreach = number % CLAIMED_BY_OUTREACH == CLAIMED_BY_OUTREACH - 1
        method = sim.dice.choice(texts.METHODS)
        sim.at(moment, partial(_source, world, seeker, "" if by_outreach else method))
        _plan_outreach(sim, world, seeker, moment, first=0 if by_outreach else 20)
    for seeker in imported:
        _plan_outreach(sim, world, seeker, sim.days_ago(seeker.claimed or 0), first=26)
    _plan_rivalry(sim, world)


def _input(seeker: Seeker) -> CandidateInput:
    slug = seeker.email.partition("@")[0].replace(".", "-")
    return CandidateInput(
        full_name=seeker.name,
        email=seeker.email,
        phone=seeker.phone,
        location=seeker.location,
        title=seeker.title,
        employer=seeker.employer,
        linkedin_url=f"https://www.linkedin.com/in/{slug}",
        skills=seeker.skills,
        profile=_profile(seeker),
    )


def _profile(seeker: Seeker) -> Profile:
    """Return what is known of a working life: of every fifth person nothing is."""
    number = list(SEEKERS_BY_KEY).index(seeker.key)
    if number % 5 == 0:
        return NOTHING_KNOWN
    notice, languages = NOTICE_WEEKS[number % len(NOTICE_WEEKS)], LANGUAGES[number % len(LANGUAGES)]
    return Profile(experience_years=3 + number * 5 % 14, notice_weeks=notice, languages=languages)


def _add(world: World, seeker: Seeker) -> None:
    actor = world.actor(seeker.recruiter)
    world.candidates[seeker.key] = candidates.add(actor=actor, input=_input(seeker))


def _source(world: World, seeker: Seeker, method: str) -> None:
    """Add a candidate and claim the credit, unless the first outreach is to do so."""
    _add(world, seeker)
    if method:
        candidate_id = world.candidates[seeker.key]
        ownership.claim(candidate_id, actor=world.actor(seeker.recruiter), source_method=method)


def _import(world: World, seekers: list[Seeker]) -> None:
    """Bring candidates home from a fair as a file."""
    rows = io.StringIO()
    writer = csv.writer(rows)
    writer.writerow([*FROM_THE_FAIR, "skills"])
    for seeker in seekers:
        said = _input(seeker)
        writer.writerow([*(getattr(said, column) for column in FROM_THE_FAIR), ", ".join(said.skills)])
    report = imports.apply(actor=world.actor(IMPORTED_BY), text=rows.getvalue(), claim=True, source_method="event")
    for seeker, line in zip(seekers, report.lines, strict=True):
        assert line.candidate_id is not None, line.says
        world.candidates[seeker.key] = line.candidate_id


def _plan_outreach(sim: Simulation, world: World, seeker: Seeker, moment: datetime, *, first: float) -> None:
    """Record one or two letters of a recruiter, and what came of them."""
    for hours in (first, *(first + 24 * sim.dice.choice((8, 15)) for _ in range(sim.dice.randrange(2)))):
        when = moment + hours * HOUR
        kind = sim.dice.choice(("email", "email", "linkedin", "phone"))
        said = OutreachInput(
            outreach_type=kind,
            subject=sim.dice.choice(texts.SUBJECTS) if kind == "email" else "",
            message_preview=sim.dice.choice(texts.PREVIEWS) if kind != "phone" else "",
        )
        comes = (
            () if kind == "phone" else sim.dice.choice(((), ("opened",), ("opened", "clicked"), ("opened", "replied")))
        )
        sim.at(when, partial(_write, sim, world, seeker, when, said, comes))


def _write(
    sim: Simulation, world: World, seeker: Seeker, moment: datetime, said: OutreachInput, comes: tuple[str, ...]
) -> None:
    actor = world.actor(seeker.recruiter)
    outreach_id = outreach.record_outreach(world.candidates[seeker.key], actor=actor, input=said)
    for engagement in comes:
        moment += sim.dice.choice((2, 5, 19, 26)) * HOUR
        sim.at(moment, partial(_record, world, seeker, outreach_id, engagement))


def _record(world: World, seeker: Seeker, outreach_id: uuid.UUID, engagement: str) -> None:
    outreach.record_engagement(outreach_id, actor=world.actor(seeker.recruiter), engagement=engagement)


def _check(world: World, key: str, found: CheckInput) -> None:
    candidates.check(actor=world.actor(key), input=found)


def _plan_rivalry(sim: Simulation, world: World) -> None:
    """Check, challenge and take over candidates of others, and opt one candidate out."""
    for key, seeker, days in SCREENED:
        found = CheckInput(email=SEEKERS_BY_KEY[seeker].email)
        sim.at(sim.days_ago(days), partial(_check, world, key, found))
    for key, seeker, days in (*CHALLENGES, *TAKEOVERS):
        sim.at(sim.days_ago(days), partial(_challenge, world, key, seeker))
    seeker, days = UNSUBSCRIBED
    said = OutreachInput(outreach_type="email", subject=texts.SUBJECTS[1], message_preview=texts.PREVIEWS[2])
    moment = sim.days_ago(days)
    sim.at(moment, lambda: _write(sim, world, SEEKERS_BY_KEY[seeker], moment, said, ("unsubscribed",)))


def _challenge(world: World, key: str, seeker: str) -> None:
    """Try to claim somebody by the address; a live protection refuses that and tells both."""
    found = CheckInput(email=SEEKERS_BY_KEY[seeker].email)
    with contextlib.suppress(CandidateProtected):
        ownership.claim_found(actor=world.actor(key), input=found, source_method="linkedin")
