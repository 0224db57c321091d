"""Scores are computed again on command."""

from __future__ import annotations

from flask import Flask

from portal.mailers import post
from tests.cast import Cast
from tests.histories import outcomes, stored


def test_the_command_recalculates_who_waits_or_everybody(cast: Cast, app: Flask) -> None:
    outcomes(cast, cast.rita, ["declined"])
    post.relay()
    run = app.test_cli_runner().invoke
    assert run(args=["reputation", "recalculate"]).output == "1 score recalculated.\n"
    everybody = run(args=["reputation", "recalculate", "--all"])
    assert everybody.exit_code == 0
    assert everybody.output.endswith("2 scores recalculated.\n")
    assert stored(cast.omar) is not None
