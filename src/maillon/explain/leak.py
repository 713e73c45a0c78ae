"""What a leak means for an account and what to do about it, in French and English."""

from __future__ import annotations

from maillon.facts.leak import Leak

_NATURE = {
    "device_sessions": (
        "Appareil infecté, sessions volées : l’accès à ce service est entre d’autres mains.",
        "Infected device, sessions stolen: the access to this service is in other hands.",
    ),
    "device_own": (
        "Appareil infecté : le mot de passe de ce service a été volé, sans doute ses sessions aussi.",
        "Infected device: the password of this service was stolen, its sessions probably too.",
    ),
    "device": (
        "Appareil infecté : des mots de passe de cette personne ont été volés.",
        "Infected device: passwords of this person were stolen.",
    ),
    "unknown_device": (
        "Appareil infecté avec des sessions de ce service ; la personne n’est pas connue.",
        "Infected device with sessions of this service; the person is not known.",
    ),
    "password": (
        "Un mot de passe de ce service circule ; la liste ne dit pas d’où il vient, souvent d’un appareil infecté.",
        "A password of this service is going round; the list does not say whence, often from an infected device.",
    ),
    "reuse": (
        "Un mot de passe de cette personne, pris ailleurs, circule : dangereux s’il sert aussi ici.",
        "A password of this person, taken elsewhere, is going round: dangerous if it serves here too.",
    ),
}
_ACTION = {
    "device_sessions": (
        "Terminer maintenant les sessions et les jetons hors ligne ; faire nettoyer l’appareil ; réinitialiser le mot "
        "de passe ensuite, depuis un autre appareil.",
        "End sessions and offline tokens now; have the device cleaned; reset the password afterwards, from another "
        "device.",
    ),
    "device": (
        "Prévenir la personne : nettoyer l’appareil d’abord, changer ensuite ses mots de passe ; demander une "
        "connexion forte.",
        "Tell the person: clean the device first, change passwords afterwards; ask for a strong log-in.",
    ),
    "unknown_device": (
        "Chercher ces sessions dans les journaux ; à défaut, terminer celles qui sont antérieures à la date du vol.",
        "Look for these sessions in the logs; failing that, end those from before the date of the theft.",
    ),
    "password": (
        "Réinitialiser le mot de passe et terminer les sessions ; demander à la personne si son appareil est sain.",
        "Reset the password and end the sessions; ask the person whether the device is clean.",
    ),
    "reuse": (
        "Faire changer le mot de passe à la prochaine connexion, si c’est le même ; demander une connexion forte.",
        "Have the password changed at the next log-in, if it is the same; ask for a strong log-in.",
    ),
}
_CASES = {"device_own": "device_sessions"}


def case_of(leak: Leak) -> str:
    """Return the case that a leak is: device_sessions, device_own, device, unknown_device, password or reuse."""
    if leak.nature != "stealer":
        return "password" if leak.own_service else "reuse"
    if not leak.account_hash:
        return "unknown_device"
    if leak.cookies:
        return "device_sessions"
    return "device_own" if leak.own_service else "device"


def meaning(leak: Leak) -> tuple[str, str]:
    """Return what a leak means, in French and in English."""
    return _NATURE[case_of(leak)]


def what_to_do(leak: Leak) -> tuple[str, str]:
    """Return what to do about it, in French and in English."""
    case = case_of(leak)
    return _ACTION[_CASES.get(case, case)]
