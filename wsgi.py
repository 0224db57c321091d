"""The WSGI entry point: `gunicorn wsgi:app`, `flask --app wsgi …`."""

import gc
import sys

gc.disable()  # nothing that is imported is garbage, and looking for some takes a third of each command's start
from portal import cli  # noqa: E402 - imports after a statement: the collector has to rest before them
from portal.app import create_app  # noqa: E402 - as above
from portal.config import ConfigurationError  # noqa: E402 - as above
from portal.runtime import garbage  # noqa: E402 - as above

try:
    app = create_app()
except ConfigurationError as error:
    if "check" not in sys.argv[1:]:
        sys.exit(str(error))
    app = cli.app_that_only_checks()
garbage.settle()
