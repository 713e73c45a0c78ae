"""What only a person can say: each has a key, which `--settings` may fill once for all, and a label for the gap."""

from __future__ import annotations

GAPS: dict[str, tuple[str, str]] = {
    # Who we are
    "operator": ("nom de l’organisme", "name of the organisation"),
    "address": ("adresse de l’organisme", "address of the organisation"),
    "phone": ("téléphone de l’organisme", "telephone of the organisation"),
    "siren": ("numéro SIREN", "SIREN number"),
    "finess": ("numéro FINESS", "FINESS number"),
    "sector": ("secteur d’activité", "sector of activity"),
    "service": ("nom du service tel que les patients le connaissent", "name of the service as patients know it"),
    "dpo": ("nom du délégué à la protection des données", "name of the data-protection officer"),
    "dpo_contact": ("téléphone et courriel du délégué", "telephone and e-mail of the data-protection officer"),
    "processors": ("sous-traitants concernés (hébergeur, éditeur)", "processors concerned (host, publisher)"),
    "joint_controllers": ("responsables conjoints", "joint controllers"),
    "signatory": ("nom du signataire", "name of who signs"),
    "signatory_role": ("fonction du signataire", "role of who signs"),
    "place": ("lieu", "place"),
    # Whom patients may call
    "contact_phone": ("téléphone pour les patients, joignable par eux seuls s’ils appellent", "telephone for patients"),
    "contact_hours": ("jours et heures d’appel", "days and hours for calls"),
    "contact_address": ("adresse postale pour les questions", "postal address for questions"),
    "official_site": (
        "nom du site officiel où cette information est aussi publiée",
        "name of the official site where this notice also stands",
    ),
    "recipient_line_1": ("nom du destinataire", "name of the recipient"),
    "recipient_line_2": ("rue", "street"),
    "recipient_line_3": ("code postal et ville", "postcode and town"),
    "not_concerned": (
        "autres données non concernées, après vérification (mots de passe, données bancaires…)",
        "other data not concerned, once checked (passwords, bank details…)",
    ),
    # What the logs cannot tell
    "sa_number": ("numéro de la notification initiale", "number of the initial notification"),
    "late_reasons": ("motifs du retard au-delà de 72 heures", "reasons for the delay beyond 72 hours"),
    "prior_measures": (
        "mesures de sécurité en place avant la violation (authentification, journalisation, chiffrement, formation)",
        "security measures in place before the breach (authentication, logging, encryption, training)",
    ),
    "further_measures": ("mesures prévues et leur date", "measures planned and their date"),
    "cause": (
        "comment le compte a été volé (hameçonnage, logiciel voleur, mot de passe réutilisé, inconnu)",
        "how the account was stolen (phishing, stealer, reused password, unknown)",
    ),
    "vulnerable": (
        "mineurs, majeurs protégés : oui, non, en cours de vérification",
        "minors, protected adults: yes, no, being checked",
    ),
    "foreign_residents": (
        "personnes résidant dans un autre État de l’Union : nombre, ou « non »",
        "persons living in another member state: number, or none",
    ),
    "persons_informed": (
        "date, moyen et nombre de personnes informées, ou date prévue",
        "date, means and number of persons informed, or date planned",
    ),
    "complaint": ("plainte : date, service, numéro ; ou « non »", "complaint: date, police service, number; or none"),
    "other_authorities": ("autres autorités prévenues et dates", "other authorities told, and dates"),
    "care_effects": (
        "effets sur les soins (retards, mode dégradé) ; ou « aucun »",
        "effects on care (delays, degraded mode); or none",
    ),
    "sites": ("établissements et territoires concernés", "establishments and territories concerned"),
    "help_wanted": ("aide demandée ; ou « aucune »", "help wanted; or none"),
    "cause_resolved": ("cause retenue et date de résolution", "cause found and date of resolution"),
    "declarant": ("nom, fonction et téléphone du déclarant", "name, role and telephone of who declares"),
    "ars": ("agence régionale de santé", "regional health agency (ARS)"),
    "account_owner": ("nom du titulaire du compte", "name of the account’s owner"),
    "support": ("téléphone du support, connu du titulaire", "telephone of the support, known to the owner"),
    "decided_by": ("qui a décidé, et quand", "who decided, and when"),
    "lessons": ("ce qui changera après cet incident", "what will change after this incident"),
    "aware_at": (
        "date et heure de la prise de connaissance (maillon aware)",
        "date and time of awareness (maillon aware)",
    ),
    "aware_by": ("qui a pris connaissance", "who became aware"),
    "aware_why": ("ce qui a établi la violation", "what established the breach"),
    "containment": (
        "confinement : date, heure, moyen (rien dans le registre de Maillon ne dit qu’il a été exécuté)",
        "containment: date, time, means (nothing in Maillon’s ledger says that it was carried out)",
    ),
    # The watching itself
    "readers": (
        "fonctions habilitées à lire les résultats de Maillon",
        "roles allowed to read what Maillon finds",
    ),
    "keep_events": (
        "durée de conservation des accès (la CNIL recommande de 6 mois à 1 an)",
        "how long accesses are kept (CNIL recommends 6 months to 1 year)",
    ),
    "keep_ledger": (
        "durée de conservation du registre des décisions, et pourquoi (au-delà d’un an, à justifier)",
        "how long the ledger of decisions is kept, and why (beyond one year, to be justified)",
    ),
    "legal_basis": ("base légale retenue (RGPD, art. 6)", "legal basis chosen (GDPR, art. 6)"),
    "accounts_watched": ("nombre de comptes et de patients concernés", "number of accounts and patients concerned"),
    "representatives": ("instance consultée et date (CSE, F3SCT…)", "body consulted, and date (works council…)"),
    "staff_contact": (
        "à qui un professionnel peut s’adresser pour contester",
        "whom a professional may ask, to contest",
    ),
    "dpo_opinion": ("avis du délégué et date", "opinion of the data-protection officer, and date"),
    "start_date": ("date de mise en service", "date of first use"),
}
"""The key of each gap, with its label in French and English. The keys are those of `--settings`."""


def label(name: str, lang: str) -> str:
    """Return what a person must fill in; a placeholder of an operator's own template is called by its name."""
    return GAPS[name][0 if lang == "fr" else 1] if name in GAPS else name.replace("_", " ")
