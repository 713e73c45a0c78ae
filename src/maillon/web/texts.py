"""What the pages say to a carer, in French and in English: why, what to do, how to break the glass.

They tell no threshold and no count: whoever stole the account reads them too.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """One page: its title, why it is shown, what to do, one sentence a step."""

    title: str
    why: str
    steps: tuple[str, ...]


PAGES: dict[str, dict[str, Page]] = {
    "contained": {
        "fr": Page(
            "L’accès de ce compte est suspendu pour le moment",
            "Des dossiers ont été ouverts avec ce compte d’une façon qui ne ressemble pas à votre travail. "
            "Quelqu’un d’autre l’utilise peut-être. Vos patients sont protégés ; votre compte n’est pas supprimé.",
            (
                "Si ce n’était pas vous : prévenez tout de suite le contact ci-dessous et changez votre mot de passe.",
                "Si c’était vous : dites-le au contact ci-dessous, il rétablit l’accès.",
                "Si un patient ne peut pas attendre : utilisez l’accès d’urgence ci-dessous, il s’ouvre aussitôt.",
            ),
        ),
        "en": Page(
            "Access with this account is stopped for now",
            "Records were opened with this account in a way that does not look like your work. Somebody else may be "
            "using it. Your patients are protected; your account is not deleted.",
            (
                "If it was not you: tell the contact below at once and change your password.",
                "If it was you: say so to the contact below, who gives the access back.",
                "If a patient cannot wait: use the emergency passage below, it opens at once.",
            ),
        ),
    },
    "session_ended": {
        "fr": Page(
            "Cette session est terminée",
            "Les sessions ouvertes avec ce compte ont été fermées par précaution.",
            ("Déconnectez-vous, puis connectez-vous de nouveau.",),
        ),
        "en": Page(
            "This session is over",
            "The sessions opened with this account were closed as a precaution.",
            ("Log out, then log in again.",),
        ),
    },
    "suspended": {
        "fr": Page(
            "Ce compte est fermé",
            "Une personne a fermé ce compte parce qu’il semble avoir été volé.",
            ("Appelez le contact ci-dessous : il vous indique comment continuer à soigner.",),
        ),
        "en": Page(
            "This account is closed",
            "Somebody closed this account because it seems to have been stolen.",
            ("Call the contact below, who tells you how to go on caring for your patients.",),
        ),
    },
    "step_up": {
        "fr": Page(
            "Confirmez que c’est bien vous",
            "L’activité de ce compte est inhabituelle. Une connexion plus forte, ou plus récente, est demandée.",
            (
                "Connectez-vous de nouveau, avec votre second facteur si vous en avez un.",
                "Si vous ne le pouvez pas et qu’un patient ne peut pas attendre : utilisez l’accès d’urgence.",
            ),
        ),
        "en": Page(
            "Confirm that it is you",
            "The activity of this account is unusual. A stronger or more recent log-in is asked for.",
            (
                "Log in again, with your second factor if you have one.",
                "If you cannot, and a patient cannot wait: use the emergency passage.",
            ),
        ),
    },
    "slowed": {
        "fr": Page(
            "De nouveaux dossiers s’ouvrent plus lentement",
            "Beaucoup de dossiers nouveaux pour vous ont été ouverts avec ce compte. Ceux de vos patients restent "
            "ouverts.",
            ("Patientez un peu, puis ouvrez ce dossier de nouveau.", "Si cela vous gêne, appelez le contact."),
        ),
        "en": Page(
            "New records open more slowly",
            "Many records that are new to you were opened with this account. Those of your own patients stay open.",
            ("Wait a little, then open this record again.", "If it hinders you, call the contact."),
        ),
    },
    "exports_closed": {
        "fr": Page(
            "Les exports sont fermés pour ce compte",
            "Ce compte est ralenti par précaution ; les fichiers qui listent des patients ne sortent pas.",
            ("Les dossiers de vos patients restent ouverts.", "Appelez le contact si vous avez besoin de ce fichier."),
        ),
        "en": Page(
            "Exports are closed for this account",
            "This account is slowed as a precaution; files that hold lists of patients do not leave.",
            ("The records of your own patients stay open.", "Call the contact if you need this file."),
        ),
    },
    "flood": {
        "fr": Page(
            "Trop de demandes à la fois",
            "Ce compte, ou ce poste, envoie plus de demandes qu’une personne ne peut en lire.",
            ("Patientez quelques secondes, puis recommencez.",),
        ),
        "en": Page(
            "Too many requests at once",
            "This account, or this workstation, sends more requests than a person can read.",
            ("Wait a few seconds, then try again.",),
        ),
    },
    "glass_spent": {
        "fr": Page(
            "L’accès d’urgence a ouvert autant de dossiers qu’il le peut",
            "Ceux que vous avez déjà ouverts restent accessibles jusqu’à la fin de l’accès d’urgence.",
            ("Appelez le contact : l’astreinte peut en ouvrir un autre.",),
        ),
        "en": Page(
            "The emergency passage has opened as many records as it may",
            "Those that you have opened already stay open until the passage ends.",
            ("Call the contact: whoever is on call can open another.",),
        ),
    },
    "glass_no_lists": {
        "fr": Page(
            "L’accès d’urgence n’ouvre ni liste ni export",
            "Il ouvre les dossiers un par un.",
            ("Cherchez le patient par son nom ou son numéro.",),
        ),
        "en": Page(
            "The emergency passage opens no list and no export",
            "It opens records one by one.",
            ("Look for the patient by name or number.",),
        ),
    },
    "unavailable": {
        "fr": Page(
            "Seuls les dossiers de vos patients sont ouverts pour le moment",
            "Le contrôle des accès est en panne. Par précaution, seuls les dossiers que vous avez déjà consultés "
            "s’ouvrent.",
            ("Recommencez dans quelques minutes.", "Si un patient ne peut pas attendre, appelez le contact."),
        ),
        "en": Page(
            "Only the records of your own patients are open for now",
            "The control of accesses is out of order. As a precaution only records that you have opened before open.",
            ("Try again in a few minutes.", "If a patient cannot wait, call the contact."),
        ),
    },
    "glass_open": {
        "fr": Page(
            "L’accès d’urgence est ouvert",
            "Ce que vous ouvrez est enregistré et sera relu par une personne.",
            ("Retournez au dossier de votre patient.",),
        ),
        "en": Page(
            "The emergency passage is open",
            "What you open is recorded and will be reviewed by somebody.",
            ("Go back to your patient’s record.",),
        ),
    },
    "glass_refused": {
        "fr": Page("L’accès d’urgence ne s’ouvre pas", "", ("Appelez le contact ci-dessous.",)),
        "en": Page("The emergency passage does not open", "", ("Call the contact below.",)),
    },
}
"""By the code of an answer (facts/answer.py), and what only the pages know."""

WORDS = {
    "fr": {
        "do": "Que faire",
        "until": "Jusqu’au",
        "contact": "Contact",
        "incident": "Référence à donner",
        "emergency": "Accès d’urgence",
        "emergency_why": "Dites pourquoi. L’accès s’ouvre aussitôt, pour peu de temps et quelques patients ; il est "
        "enregistré et relu.",
        "reason": "Raison",
        "open": "Ouvrir l’accès d’urgence",
        "back": "Retour",
        "nobody": "le support de votre établissement",
        "limits": "{patients} patients au plus, {minutes} minutes",
    },
    "en": {
        "do": "What to do",
        "until": "Until",
        "contact": "Contact",
        "incident": "Reference to give",
        "emergency": "Emergency passage",
        "emergency_why": "Say why. It opens at once, for a short time and a few patients; it is recorded and reviewed.",
        "reason": "Reason",
        "open": "Open the emergency passage",
        "back": "Back",
        "nobody": "the support of your establishment",
        "limits": "{patients} patients at most, {minutes} minutes",
    },
}
