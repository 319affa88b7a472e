"""Every table of the store, one schema for SQLite and PostgreSQL; a module a group of nouns.

Facts (kept as received) are in `registry`, `received` and `ledgers`, conclusions (recomputable) in `conclusions`;
the rest is for people and for the work queue. Alembic compares `metadata` with the migrations.

Columns named `…_at` hold aware UTC datetimes (`UtcTime`), `…_ms` integers as they came over the wire.
"""

from laaswatch_collector.store.schema.advice import partners as partners
from laaswatch_collector.store.schema.advice import tried as tried
from laaswatch_collector.store.schema.advice import visits as visits
from laaswatch_collector.store.schema.columns import UtcTime as UtcTime
from laaswatch_collector.store.schema.columns import metadata as metadata
from laaswatch_collector.store.schema.conclusions import explanation_changes as explanation_changes
from laaswatch_collector.store.schema.conclusions import explanations as explanations
from laaswatch_collector.store.schema.conclusions import office_days as office_days
from laaswatch_collector.store.schema.conclusions import office_months as office_months
from laaswatch_collector.store.schema.conclusions import outage_revisions as outage_revisions
from laaswatch_collector.store.schema.conclusions import outages as outages
from laaswatch_collector.store.schema.conclusions import painted_days as painted_days
from laaswatch_collector.store.schema.conclusions import rollups as rollups
from laaswatch_collector.store.schema.conclusions import state_runs as state_runs
from laaswatch_collector.store.schema.documents import documents as documents
from laaswatch_collector.store.schema.evidence import agent_keys as agent_keys
from laaswatch_collector.store.schema.evidence import log_checkpoints as log_checkpoints
from laaswatch_collector.store.schema.evidence import log_keys as log_keys
from laaswatch_collector.store.schema.evidence import log_leaves as log_leaves
from laaswatch_collector.store.schema.evidence import log_nodes as log_nodes
from laaswatch_collector.store.schema.evidence import report_signatures as report_signatures
from laaswatch_collector.store.schema.ledgers import closures as closures
from laaswatch_collector.store.schema.ledgers import entries as entries
from laaswatch_collector.store.schema.ledgers import ledger_events as ledger_events
from laaswatch_collector.store.schema.ledgers import ledger_imports as ledger_imports
from laaswatch_collector.store.schema.ledgers import ledger_layouts as ledger_layouts
from laaswatch_collector.store.schema.ledgers import quiet_answers as quiet_answers
from laaswatch_collector.store.schema.ledgers import system_statements as system_statements
from laaswatch_collector.store.schema.notices import notice_events as notice_events
from laaswatch_collector.store.schema.notices import notices as notices
from laaswatch_collector.store.schema.notices import subscriptions as subscriptions
from laaswatch_collector.store.schema.people import access_tokens as access_tokens
from laaswatch_collector.store.schema.people import audit as audit
from laaswatch_collector.store.schema.people import recovery_codes as recovery_codes
from laaswatch_collector.store.schema.people import requests as requests
from laaswatch_collector.store.schema.people import sessions as sessions
from laaswatch_collector.store.schema.people import users as users
from laaswatch_collector.store.schema.received import agent_prefixes as agent_prefixes
from laaswatch_collector.store.schema.received import chains as chains
from laaswatch_collector.store.schema.received import gaps as gaps
from laaswatch_collector.store.schema.received import isp_prefixes as isp_prefixes
from laaswatch_collector.store.schema.received import latest_rounds as latest_rounds
from laaswatch_collector.store.schema.received import presence_marks as presence_marks
from laaswatch_collector.store.schema.received import reports as reports
from laaswatch_collector.store.schema.received import sealed_days as sealed_days
from laaswatch_collector.store.schema.registry import agents as agents
from laaswatch_collector.store.schema.registry import enrolment_codes as enrolment_codes
from laaswatch_collector.store.schema.registry import offices as offices
from laaswatch_collector.store.schema.work import meta as meta
from laaswatch_collector.store.schema.work import stale_days as stale_days
from laaswatch_collector.store.schema.work import stale_office_days as stale_office_days
from laaswatch_collector.store.schema.work import stale_offices as stale_offices
