"""How the worker and the ticker start."""

from __future__ import annotations

from flask import Flask

from portal.app import create_app
from portal.config import ConfigurationError
from portal.runtime import garbage
from portal.services.log import checkpoints


def application() -> Flask:
    """Return the application, with all that was imported out of the collector's sight.

    Raises: SystemExit with a sentence for each setting that is wrong.
    """
    try:
        app = create_app()
        with app.app_context():
            checkpoints.check_key()
    except (ConfigurationError, checkpoints.WrongSealKey) as error:
        raise SystemExit(str(error)) from None
    garbage.settle()
    return app
