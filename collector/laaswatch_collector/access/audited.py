"""What the audit tells of, in one list: each has its words (`audit.<name>` in the catalogues).

Attempts without leave stand under the action that leave was asked for (`policy.Action`).
"""

from laaswatch_collector.access.policy import Action

DONE = (
    "add_user",
    "agent_state",
    "answer_quiet",
    "ask_two_person",
    "change_role",
    "closure_declared",
    "closure_ended",
    "confirm_ledger_columns",
    "confirm_two_person",
    "disable_user",
    "drop_ledger",
    "echo_checkpoint",
    "enable_user",
    "end_sessions",
    "enrol",
    "export_audit",
    "forget_second_step",
    "import_ledger",
    "issue_code",
    "make_access_token",
    "make_recovery_codes",
    "partner_listed",
    "partner_withdrawn",
    "read_pc",
    "restore",
    "retention",
    "revoke_access_tokens",
    "rules_changed",
    "second_step",
    "send_ledger",
    "send_reports",
    "set_password",
    "set_up_second_step",
    "sign_in",
    "site_checks",
    "state_system",
    "step_concluded",
    "step_written",
    "subscribed",
    "unsubscribed",
    "use_recovery_code",
    "visit_concluded",
    "visit_planned",
    "withdraw_two_person",
)
ACTIONS = tuple(sorted({*DONE, *map(str, Action)}))
