"""What the frame counts is the same, whether it comes with the session or by itself."""

from __future__ import annotations

import pytest

from portal.queries.identity import accounts as queries
from portal.queries.identity.shell import ShellCounts, shell_counts
from portal.runtime.clock import simulated
from portal.services.identity import accounts, sessions
from tests.cast import DAY, Cast
from tests.marketplace import claimed, posted, proposed


def session_of(cast: Cast, name: str) -> str:
    """Sign a person in and give the session's token."""
    with cast.client(getattr(cast, name)).session_transaction() as session:
        token: str = session["_user_id"]
    return token


COUNTED = {"rita": (2, 1), "omar": (0, 1), "hana": (2, 2), "carl": (2, 2), "pia": (0, 1), "zoe": (0, 1)}


@pytest.mark.parametrize("name", COUNTED)
def test_the_frame_counts_alike_with_the_session_and_without(cast: Cast, name: str) -> None:
    with simulated(DAY):
        for number in range(2):
            proposed(cast, candidate_id=claimed(cast, name=f"Lena {number}"), job_id=posted(cast))
        zoe = cast.actor(cast.zoe)
        accounts.add_member(
            actor=zoe, organisation_id=cast.rival, email=cast.hana.email, name="X", role="hiring_manager"
        )
        accounts.add_member(
            actor=zoe, organisation_id=cast.rival, email=cast.carl.email, name="X", role="company_admin"
        )
        state = queries.session_state(session_of(cast, name), framed=True)
        assert state
        assert state.counts == shell_counts(state.actor)
        open_proposals, memberships = COUNTED[name]
        assert state.counts == ShellCounts(state.counts.unread, open_proposals, memberships, 0)


def test_a_recruiter_who_acts_for_a_company_is_shown_what_waits_for_the_company(cast: Cast) -> None:
    with simulated(DAY):
        proposed(cast)
        zoe = cast.actor(cast.zoe)
        accounts.add_member(
            actor=zoe, organisation_id=cast.rival, email=cast.rita.email, name="X", role="hiring_manager"
        )
        mine = queries.session_state(session_of(cast, "rita"), framed=True)
        assert mine
        theirs = queries.session_state(sessions.switch_organisation(cast.rival, actor=mine.actor), framed=True)
        assert theirs
        assert (mine.counts.open_proposals, theirs.counts.open_proposals) == (1, 0)
        assert theirs.counts == shell_counts(theirs.actor)
