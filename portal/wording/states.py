"""The words, icons and tones of every state that pages show."""

from __future__ import annotations

from portal.domain import disputes, placements, proposals

StateInfo = tuple[str, str, str]

MACHINES = {"proposal": proposals.MACHINE, "placement": placements.MACHINE, "dispute": disputes.MACHINE}

# What has no machine in portal.domain: the same three facts, (label, icon, tone).
OTHER_STATES: dict[str, dict[str, StateInfo]] = {
    "job": {
        "draft": ("Draft", "pencil", ""),
        "active": ("Open", "activity", "ok"),
        "paused": ("Paused", "player-pause", "warn"),
        "filled": ("Filled", "circle-check", "info"),
        "closed": ("Closed", "archive", ""),
    },
    "recruiter": {
        "pending": ("Pending", "hourglass", "warn"),
        "active": ("Active", "activity", "ok"),
        "suspended": ("Suspended", "ban", "bad"),
    },
    "amendment": {
        "proposed": ("Proposed", "scale", "warn"),
        "in_force": ("Applied", "check", "ok"),
        "refused": ("Declined", "x", "bad"),
        "withdrawn": ("Withdrawn", "arrow-back-up", ""),
    },
    "interview": {
        "scheduled": ("Scheduled", "calendar", "info"),
        "passed": ("Passed", "check", "ok"),
        "not_passed": ("Not passed", "x", "bad"),
        "cancelled": ("Canceled", "ban", ""),
        "no_show": ("No-show", "user-x", "warn"),
    },
    "appeal": {
        "open": ("Open", "gavel", "warn"),
        "excluded": ("Excluded", "check", "ok"),
        "kept": ("Kept", "x", ""),
    },
    "account": {
        "active": ("Open", "circle-check", "ok"),
        "invited": ("Invited", "mail", "info"),
        "unreached": ("Invitation failed", "mail-x", "bad"),
        "disabled": ("Closed", "ban", "bad"),
    },
    "delivery": {
        "queued": ("Queued", "clock", ""),
        "sending": ("Sending", "send", "info"),
        "sent": ("Sent", "check", "ok"),
        "delivered": ("Delivered", "mail-check", "ok"),
        "bounced": ("Bounced", "mail-x", "bad"),
        "complained": ("Marked as spam", "flag", "bad"),
        "suppressed": ("Suppressed", "bell-off", "warn"),
        "dead": ("Failed", "circle-x", "bad"),
        "folded": ("In a digest", "inbox", ""),
    },
}


def state_info(kind: str, state: str) -> StateInfo:
    """Return label, icon and tone of a state; one that nobody declared shows itself in grey."""
    machine = MACHINES.get(kind)
    if machine and state in machine.states:
        found = machine.states[state]
        return found.label, found.icon, found.tone
    unknown = (str(state).replace("_", " ").capitalize(), "dots", "")
    return OTHER_STATES.get(kind, {}).get(state, unknown)


def known_states() -> dict[str, list[str]]:
    """List every kind and state that has a label."""
    return {kind: list(machine.states) for kind, machine in MACHINES.items()} | {
        kind: list(states) for kind, states in OTHER_STATES.items()
    }
