"""What the operator should do so that Maillon sees better: a sentence in both languages and the exact lines to add.

The lines are checked against the real nginx and Apache by the tests. Sources: nginx, ngx_http_log_module and
ngx_http_auth_request_module; oauth2-proxy, "Configuring for use with the Nginx auth_request directive"; LemonLDAP::NG,
Lemonldap::NG::Handler::Nginx; mod_auth_openidc, auth_openidc.conf; mod_auth_mellon, README; njs, crypto.
"""

from __future__ import annotations

from maillon.explain.configuration import APPLICATION, NO_ACCOUNT, NO_SESSION
from maillon.explain.words import NARROW, NO_BREAK, counted, percent
from maillon.facts.findings import Advice

_UNKNOWN_DAYS = 9999


def no_account(source: str, joined: bool) -> Advice:
    """The log names no account; `joined` when log-ins of the identity provider could be joined with it."""
    how_fr = "par les connexions du fournisseur d’identité" if joined else "par la session, sinon par l’adresse"
    how_en = "by the identity provider’s log-ins" if joined else "by session, else by address"
    return Advice(
        "no_account",
        f"{source}{NO_BREAK}: le journal ne nomme pas le compte. Maillon y supplée {how_fr}, ce qui est moins sûr. "
        "Ajoutez les lignes qui correspondent à votre installation. Ne journalisez jamais le cookie de session "
        "lui-même, qui vaut un mot de passe, seulement une empreinte.",
        f"{source}: the log names no account. Maillon stands in for it {how_en}, which is less sure. "
        "Add the lines that match your installation. Never log the session cookie itself, which is as good as a "
        "password, only a digest of it.",
        NO_ACCOUNT if joined else NO_ACCOUNT | NO_SESSION,
    )


def no_patient(source: str) -> Advice:
    """No route of the log names a patient: the identifiers travel in the bodies of requests."""
    return Advice(
        "no_patient",
        f"{source}{NO_BREAK}: aucun identifiant de patient dans le journal (il passe sans doute dans le corps des "
        "requêtes, et il ne faut pas journaliser les corps). Demandez à l’éditeur du service d’écrire, à chaque "
        "dossier ou liste montrés, une ligne comme celle-ci, ou le message d’audit FHIR AuditEvent (IHE BALP) ou IHE "
        "ATNA (ITI-20) que la norme prévoit déjà.",
        f"{source}: no patient identifier in the log (it probably travels in the bodies of requests, and bodies must "
        "not be logged). Ask the vendor of the service to write, for each record or list shown, a line like this one, "
        "or the audit message FHIR AuditEvent (IHE BALP) or IHE ATNA (ITI-20) that the standard already foresees.",
        APPLICATION,
    )


def learnt_profile(source: str, routes: int, certain: int) -> Advice:
    """The routes were learnt from the log: `certain` of `routes` with certainty of 0.8 or more."""
    return Advice(
        "learnt_profile",
        f"{source}{NO_BREAK}: profil appris du journal ({counted(routes, 'route', 'routes', 'fr')}, dont {certain} "
        "sûres). Relisez-le, corrigez-le, puis donnez-le avec --service.",
        f"{source}: profile learnt from the log ({counted(routes, 'route', 'routes', 'en')}, {certain} of them sure). "
        "Review it, correct it, then give it with --service.",
        {"shell": "maillon profile learn LOG > profile.toml\nmaillon scan LOG --service profile.toml"},
    )


def better_profile(source: str, before: float, after: float, patients: int) -> Advice:
    """A better profile than the sealed one was adopted: shares of requests without a route, accesses with a patient."""
    return Advice(
        "better_profile",
        f"{source}{NO_BREAK}: les routes ont changé. Le profil scellé laissait {percent(before, 1, 'fr')} des requêtes "
        f"nouvelles sans route{NARROW}; celui qui vient d’être appris en laisse {percent(after, 1, 'fr')} et trouve un "
        f"patient dans {counted(patients, 'requête', 'requêtes', 'fr')} de plus. Il est scellé et vaut pour ce qui est "
        "nouveau. Ce qui a déjà été jugé ne l’est pas une seconde fois. Relisez-le, puis donnez-le avec --service.",
        f"{source}: the routes have changed. The sealed profile left {percent(before, 1, 'en')} of the new requests "
        f"without a route; the one learnt just now leaves {percent(after, 1, 'en')} and finds a patient in "
        f"{counted(patients, 'request', 'requests', 'en')} more. It is sealed and holds for what is new. What was "
        "judged before is not judged again. Review it, then give it with --service.",
        {"shell": "maillon profile learn LOG > profile.toml\nmaillon scan LOG --service profile.toml"},
    )


def rejected_share(source: str, share: float, reason: str) -> Advice:
    """An unusual share of the records could not be read."""
    return Advice(
        "rejected_share",
        f"{source}{NO_BREAK}: {percent(share, 1, 'fr')} des lignes n’ont pas pu être lues (surtout{NO_BREAK}: "
        f"{reason}). Tant que c’est le cas, ce journal ne rassure pas. Un format particulier se donne avec "
        "--log-format.",
        f"{source}: {percent(share, 1, 'en')} of the lines could not be read (mostly: {reason}). As long as that is "
        "so, this log reassures of nothing. A format of your own is given with --log-format.",
    )


def late_share(source: str, share: float) -> Advice:
    """Many lines are older than lines before them: they are kept, and judge less."""
    return Advice(
        "late_share",
        f"{source}{NO_BREAK}: {percent(share, 1, 'fr')} des lignes sont plus anciennes que celles qui les précèdent "
        "(horloge déréglée, ou journaux de plusieurs machines mis bout à bout). Elles sont comptées dans l’exposition, "
        "mais ne pèsent pas dans la détection. Donnez à chaque machine son propre fichier.",
        f"{source}: {percent(share, 1, 'en')} of the lines are older than lines before them (a clock that is wrong, or "
        "logs of several machines put end to end). They count in the exposure but do not weigh in the detection. Give "
        "each machine a file of its own.",
    )


def silent_source(source: str, hours: float) -> Advice:
    """A source ends long before the others."""
    return Advice(
        "silent_source",
        f"{source}{NO_BREAK}: plus aucune ligne depuis {hours:.0f}{NO_BREAK}h, alors que d’autres journaux continuent. "
        "Vérifiez la collecte et la rotation.",
        f"{source}: no line for the last {hours:.0f}{NO_BREAK}h, while other logs go on. "
        "Check collection and rotation.",
    )


def short_history(days: int) -> Advice:
    """Too little history to judge by the site's own habits; `days` until it is enough."""
    in_fr = f"dans {counted(days, 'jour', 'jours', 'fr')} environ"
    in_en = f"in about {counted(days, 'day', 'days', 'en')}"
    if days >= _UNKNOWN_DAYS:
        in_fr, in_en = "quand des accès auront été lus", "once accesses have been read"
    return Advice(
        "short_history",
        f"historique trop court pour juger selon vos seules habitudes{NO_BREAK}: calibration propre {in_fr}. D’ici là, "
        "les seuils viennent de la référence livrée avec Maillon. Donnez aussi les journaux plus anciens si vous les "
        "avez.",
        f"not enough history to judge by your own habits yet: own calibration {in_en}. Until then thresholds come "
        "from the reference that ships with Maillon. Give older logs too if you have them.",
    )


def zoneless_log(source: str) -> Advice:
    """The log writes no time zone."""
    return Advice(
        "zoneless_log",
        f"{source}{NO_BREAK}: ce journal n’écrit pas de fuseau horaire{NARROW}; indiquez-le avec --tz Europe/Paris.",
        f"{source}: this log writes no time zone; say which with --tz Europe/Paris.",
    )


def unmatched_routes(source: str, share: float) -> Advice:
    """Many requests match no route of the profile."""
    return Advice(
        "unmatched_routes",
        f"{source}{NO_BREAK}: {percent(share, 1, 'fr')} des requêtes ne correspondent à aucune route du profil. "
        "S’il en est qui montrent des patients, ajoutez-les (docs/profile.md).",
        f"{source}: {percent(share, 1, 'en')} of the requests match no route of the profile. If some of them show "
        "patients, add them (docs/profile.md).",
    )


def damaged(text: str) -> Advice:
    """A compressed file ends early or is broken."""
    return Advice("damaged", f"fichier abîmé{NO_BREAK}: {text}", f"damaged file: {text}")


def key_created(path: str) -> Advice:
    """The key that makes pseudonyms was made just now, at `path`."""
    return Advice(
        "key_created",
        f"la clé des pseudonymes vient d’être créée{NO_BREAK}: {path}. Sauvegardez-la à part, jamais avec l’état"
        f"{NO_BREAK}: sans elle, les patients déjà vus ne seraient plus reconnus{NARROW}; avec elle et l’état, on "
        "pourrait retrouver un patient dont on connaît l’identifiant.",
        f"the key that makes pseudonyms was created just now: {path}. Back it up apart, never with the state: without "
        "it the patients already seen would no longer be recognised; with it and the state, a patient whose identifier "
        "one knows could be found again.",
    )
