"""What waits for whom: a module for each noun, and in it a declared select for each kind of row of the work queue."""

from portal.queries.waiting import candidates as candidates
from portal.queries.waiting import disputes as disputes
from portal.queries.waiting import interviews as interviews
from portal.queries.waiting import invoices as invoices
from portal.queries.waiting import mails as mails
from portal.queries.waiting import money as money
from portal.queries.waiting import placements as placements
from portal.queries.waiting import proposals as proposals
from portal.queries.waiting import recruiters as recruiters
