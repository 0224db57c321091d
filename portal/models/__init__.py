"""The tables and their constraints; no rules."""

from portal.models.accounts import *
from portal.models.attachments import *
from portal.models.billing import *
from portal.models.collaboration import *
from portal.models.disputes import *
from portal.models.events import *
from portal.models.imports import *
from portal.models.interviews import *
from portal.models.ledger import *
from portal.models.marketplace import *
from portal.models.ownership import *
from portal.models.payouts import *
from portal.models.placements import *
from portal.models.proposals import *
from portal.models.reputation import *
