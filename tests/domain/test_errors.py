"""Every error has a code, a sentence and a status."""

from __future__ import annotations

import pytest

from portal.domain import errors
from portal.error_status import status_of

TABLE = [
    (errors.InvalidInput("Wrong."), 400, "INVALID_INPUT"),
    (errors.NotSignedIn("Sign in."), 401, "NOT_SIGNED_IN"),
    (errors.NotPermitted("No."), 403, "NOT_PERMITTED"),
    (errors.NotFound(), 404, "NOT_FOUND"),
    (errors.Conflict("No.", code="CANDIDATE_PROTECTED"), 409, "CANDIDATE_PROTECTED"),
    (errors.WrongState("No."), 409, "WRONG_STATE"),
    (errors.StaleVersion("No."), 409, "STALE_VERSION"),
    (errors.TooMany("Wait.", retry_after=30), 429, "TOO_MANY"),
    (errors.Unavailable("Later."), 503, "UNAVAILABLE"),
]


@pytest.mark.parametrize(("error", "status", "code"), TABLE)
def test_an_error_has_its_status_and_code(error: errors.PortalError, status: int, code: str) -> None:
    assert (status_of(error), error.code) == (status, code)
    assert str(error) == error.message


def test_invalid_input_names_its_field() -> None:
    error = errors.InvalidInput.field("email", "This address has no @.")
    assert error.fields == error.details == {"email": "This address has no @."}


def test_too_many_says_when_to_try_again() -> None:
    assert errors.TooMany("Wait.", retry_after=30).details == {"retry_after": 30}


def test_a_form_of_another_organisation_is_refused_by_name_where_it_is_the_person_s() -> None:
    own, foreign = (errors.OtherOrganisation("7", name, now="Acme Inc.", is_sent=True) for name in ("Beta Corp", ""))
    asked = errors.OtherOrganisation("7", "Beta Corp", now="Acme Inc.", is_sent=False)
    assert str(own) == "You’re in Acme Inc. now. Switch back to Beta Corp to submit this."
    assert str(foreign) == "You’re in Acme Inc. now. This was filled in for another organization."
    assert str(asked) == "You’re in Acme Inc. now. Switch back to Beta Corp to go on, or reload the page."
