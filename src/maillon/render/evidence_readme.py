"""The page that lies first in an evidence pack: what it holds and how anybody checks it, in French and English."""

from __future__ import annotations

from maillon.facts.incident import Incident

_TEXT = """MAILLON — PIÈCES DE L’INCIDENT {incident} / EVIDENCE OF INCIDENT {incident}

FRANÇAIS

incident.json       l’incident : comptes, dates, nombres
decisions.jsonl     chaque décision, avec ses raisons en français et en anglais
exposure.jsonl      un résumé, puis chaque patient (pseudonyme), compte, page, champs vus
accesses.csv        chaque accès de ces comptes pendant l’incident
coverage.json       ce que les journaux couvrent, ce qui n’a pu être lu
configuration.json  les profils des services et la politique de réponse
versions.json       versions du logiciel, de l’état et de la clé ; qui a demandé ces pièces et pourquoi
ledger.jsonl        le registre, depuis la première entrée sur l’incident ; ce qui concerne autrui est tu
head.txt            jusqu’où allait le registre à ce moment, signé

Aucun patient n’y est nommé. Les comptes des professionnels y sont lisibles : à garder en lieu sûr.

Vérifier, avec les outils de toute machine (OpenSSL 3 ou plus récent) :
  openssl pkeyutl -verify -pubin -inkey public.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig
  sha256sum -c SHA256SUMS
ou avec Maillon, qui vérifie aussi la chaîne du registre :
  maillon verify FICHIER
L’empreinte de la clé doit être celle que l’établissement a donnée par une autre voie :
  {key}

ENGLISH

incident.json       the incident: accounts, dates, numbers
decisions.jsonl     each decision, with its reasons in French and English
exposure.jsonl      a summary, then each patient (pseudonym), account, page, fields shown
accesses.csv        each access of these accounts during the incident
coverage.json       what the logs cover, what could not be read
configuration.json  the services’ profiles and the response policy
versions.json       versions of software, state and key; who asked for this evidence and why
ledger.jsonl        the ledger, from the first entry about the incident; what concerns others is withheld
head.txt            how far the ledger had come at this moment, signed

No patient is named. The professionals’ accounts can be read: keep it in a safe place.

To check it with the tools of any machine (OpenSSL 3 or later):
  openssl pkeyutl -verify -pubin -inkey public.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig
  sha256sum -c SHA256SUMS
or with Maillon, which checks the ledger's chain too:
  maillon verify FILE
The key's fingerprint must be the one that the organisation gave by another way:
  {key}
"""


def readme(incident: Incident, key: str) -> str:
    """Return the page. `key` is the fingerprint of the key that signs."""
    return _TEXT.format(incident=incident.id, key=key)
