"""What the codes of audit messages mean, in FHIR AuditEvent and in IHE ATNA alike.

Sources: DICOM PS3.16 CID 400 to 403 (event ids, types, roles), HL7 FHIR restful-interaction and audit-event-outcome,
HL7 v3 ActReason (purposes), IHE ITI transactions.
"""

from __future__ import annotations

from maillon.facts.event import Action, Outcome

LOGIN, LOGOUT = "110122", "110123"
USER_AUTHENTICATION, SECURITY_ALERT, QUERY = "110114", "110113", "110112"
APPLICATION = "110150"
DESTINATION, SOURCE = "110152", "110153"
MACHINES = frozenset((APPLICATION, "110151", DESTINATION, SOURCE, "110154", "110155"))
"""Roles of programs and media: a participant with one of them is no person."""

EMERGENCY = frozenset(("110127", "ETREAT", "BTG"))
"""Emergency override started (DICOM), emergency treatment and break the glass (purposes of use)."""

TAMPERING = frozenset(("110136", "110137"))  # security roles changed, a user's security attributes changed
SILENT = frozenset(("110100", "110101", "110108", SECURITY_ALERT, USER_AUTHENTICATION))
"""Events that show no patient: application activity, audit log used, network entry, alerts, authentication."""

SEARCHES = frozenset(
    (
        *("search", "search-type", "search-system", "history-type", "history-system"),
        *("ITI-21", "ITI-22", "ITI-47", "ITI-51", "ITI-55", "ITI-78", "ITI-119"),  # who has these demographics?
    )
)
ONE_PATIENT = frozenset(("ITI-9", "ITI-16", "ITI-18", "ITI-38", "ITI-45", "ITI-66", "ITI-67", "ITI-83"))
"""Queries about the documents or the identifiers of one patient who is named: they open a record, they search none."""

ACTIONS: dict[str, Action] = {
    **dict.fromkeys(("read", "vread", "history-instance", "ITI-39", "ITI-43", "ITI-68"), Action.READ),
    **dict.fromkeys(("create", "update", "patch", "delete"), Action.UPDATE),
    **dict.fromkeys(
        ("ITI-8", "ITI-15", "ITI-30", "ITI-41", "ITI-42", "ITI-44", "ITI-61", "ITI-62", "ITI-65", "ITI-80", "ITI-104"),
        Action.UPDATE,  # an identity or a document is provided, registered or removed
    ),
    **dict.fromkeys(("110102", "110104", "110106", "export"), Action.EXPORT),  # begin transferring, transferred, export
    **dict.fromkeys(("110105", "110107"), Action.UPDATE),  # study deleted, import
}
"""Of several codes the earlier in this table wins: an IHE transaction says more than its DICOM event."""

LETTERS = {"R": Action.READ, "C": Action.UPDATE, "U": Action.UPDATE, "D": Action.UPDATE}
"""Of the action codes C R U D E."""

OUTCOMES = {
    **dict.fromkeys(("", "0", "success", "information", "informational", "warning"), Outcome.OK),
    **dict.fromkeys(("4", "8", "12", "error", "fatal"), Outcome.FAILED),
}
"""Of audit-event-outcome and, in R5, issue-severity. None written means success."""

ISSUES = {
    **dict.fromkeys(("not-found", "deleted"), Outcome.MISSING),
    **dict.fromkeys(("security", "login", "forbidden", "expired", "suppressed"), Outcome.REFUSED),
}
"""Of FHIR's issue-type, where an OperationOutcome says why an act failed."""
