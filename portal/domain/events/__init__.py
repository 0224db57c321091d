"""What happened: one frozen dataclass an event type, the payload of the event log and of the emails (domain.md §7)."""

from portal.domain.events.base import EVENT_TYPES as EVENT_TYPES
from portal.domain.events.base import REFERENCES as REFERENCES
from portal.domain.events.base import Event as Event
from portal.domain.events.base import Json as Json
from portal.domain.events.base import Kind as Kind
from portal.domain.events.base import as_json as as_json
from portal.domain.events.base import said as said
from portal.domain.events.billing import *
from portal.domain.events.candidates import *
from portal.domain.events.disputes import *
from portal.domain.events.interviews import *
from portal.domain.events.jobs import *
from portal.domain.events.people import *
from portal.domain.events.placements import *
from portal.domain.events.platform import *
from portal.domain.events.proposals import *
