"""The WSGI entry point: `gunicorn wsgi:app`, `flask --app wsgi …`."""

import sys

from portal import cli
from portal.app import create_app
from portal.config import ConfigurationError

try:
    app = create_app()
except ConfigurationError as error:
    if "check" not in sys.argv[1:]:
        sys.exit(str(error))
    app = cli.app_that_only_checks()
