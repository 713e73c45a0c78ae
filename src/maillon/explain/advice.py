"""What the operator should do so that Maillon sees better: a sentence in both languages and the exact lines to add."""

from __future__ import annotations

from maillon.facts.findings import Advice

_NGINX_BASIC = """# in http { }: the account, the time spent and the request's id, after the usual combined fields
log_format maillon '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
                   '"$http_referer" "$http_user_agent" $request_time $request_id';
# in server { }
access_log /var/log/nginx/access.log maillon;"""

_NGINX_OIDC = """# behind oauth2-proxy: in the protected location { }
auth_request_set $account $upstream_http_x_auth_request_preferred_username;
# behind LemonLDAP::NG instead
# auth_request_set $account $upstream_http_lm_remote_user;
# in http { }
log_format maillon '$remote_addr - $account [$time_local] "$request" $status $body_bytes_sent '
                   '"$http_referer" "$http_user_agent" $request_time $request_id';
# in server { }
access_log /var/log/nginx/access.log maillon;"""

_APACHE = """# mod_auth_openidc: the claim that becomes REMOTE_USER, which %u logs
OIDCRemoteUserClaim preferred_username
# mod_auth_mellon (SAML): the attribute that becomes REMOTE_USER
# MellonUser "NAME_ID"
LogFormat "%h %l %u %t \\"%r\\" %>s %b \\"%{Referer}i\\" \\"%{User-Agent}i\\" %D %{UNIQUE_ID}e" maillon
CustomLog /var/log/apache2/access.log maillon"""

_EVENT_LINE = (
    '{"maillon":1,"at":"2026-03-01T08:12:03+01:00","account":"m.durand","session":"7f3a…","address":"10.12.3.4",'
    '"action":"read","patient":"41520977","fields":["family_name","birth_date"],"outcome":"ok"}'
)


def no_account(source: str, joined: bool) -> Advice:
    """The log names no account; `joined` when log-ins of the identity provider could be joined with it."""
    how_fr = "par les connexions du fournisseur d’identité" if joined else "par la session, sinon par l’adresse"
    how_en = "by the identity provider’s log-ins" if joined else "by session, else by address"
    return Advice(
        "no_account",
        f"{source} : le journal ne nomme pas le compte. Maillon le remplace {how_fr}, ce qui est moins sûr. "
        "Ajoutez ces lignes à votre configuration :",
        f"{source}: the log names no account. Maillon stands in for it {how_en}, which is less sure. "
        "Add these lines to your configuration:",
        {
            "nginx (auth_basic, auth_request)": _NGINX_BASIC,
            "nginx (OIDC, SAML)": _NGINX_OIDC,
            "Apache (OIDC, SAML)": _APACHE,
            "application (docs/event-lines.md)": _EVENT_LINE,
        },
    )


def no_patient(source: str) -> Advice:
    """No route of the log names a patient: the identifiers travel in the bodies of requests."""
    return Advice(
        "no_patient",
        f"{source} : aucun identifiant de patient dans le journal (il passe sans doute dans le corps des requêtes). "
        "Demandez à l’éditeur du service d’écrire, à chaque dossier montré, une ligne d’événement comme celle-ci, ou "
        "des messages d’audit FHIR AuditEvent ou IHE ATNA :",
        f"{source}: no patient identifier in the log (it probably travels in the bodies of requests). Ask the vendor "
        "of the service to write, for each record shown, an event line like this one, or audit messages in FHIR "
        "AuditEvent or IHE ATNA:",
        {"application (docs/event-lines.md)": _EVENT_LINE},
    )


def learnt_profile(source: str, routes: int, certain: int) -> Advice:
    """The routes were learnt from the log: `certain` of `routes` with certainty of 0.8 or more."""
    return Advice(
        "learnt_profile",
        f"{source} : profil appris du journal ({routes} routes, dont {certain} sûres). À relire : "
        "maillon profile learn JOURNAL > profil.toml, puis --service profil.toml.",
        f"{source}: profile learnt from the log ({routes} routes, {certain} of them sure). To review it: "
        "maillon profile learn LOG > profile.toml, then --service profile.toml.",
    )


def rejected_share(source: str, share: float, reason: str) -> Advice:
    """An unusual share of the records could not be read."""
    return Advice(
        "rejected_share",
        f"{source} : {share:.0%} des lignes n’ont pas pu être lues (surtout : {reason}). Tant que c’est le cas, ce "
        "journal ne rassure pas. Un format particulier se donne avec --log-format.",
        f"{source}: {share:.0%} of the lines could not be read (mostly: {reason}). As long as that is so, this log "
        "reassures of nothing. A format of your own is given with --log-format.",
    )


def silent_source(source: str, hours: float) -> Advice:
    """A source ends long before the others."""
    return Advice(
        "silent_source",
        f"{source} : plus aucune ligne depuis {hours:.0f} h, alors que d’autres journaux continuent.",
        f"{source}: no line for the last {hours:.0f} h, while other logs go on.",
    )


def short_history(days: int) -> Advice:
    """Too little history to judge by the site's own habits; `days` until it is enough."""
    in_fr = f"dans {days} jours environ" if days < 9999 else "quand des accès auront été lus"
    in_en = f"in about {days} days" if days < 9999 else "once accesses have been read"
    return Advice(
        "short_history",
        f"historique trop court pour juger selon vos seules habitudes : calibration propre {in_fr} ; d’ici là, "
        "les seuils viennent de la référence livrée avec Maillon.",
        f"not enough history to judge by your own habits yet: own calibration {in_en}; until then thresholds come "
        "from the reference that ships with Maillon.",
    )


def zoneless_log(source: str) -> Advice:
    """The log writes no time zone."""
    return Advice(
        "zoneless_log",
        f"{source} : ce journal n’écrit pas de fuseau horaire ; indiquez-le avec --tz Europe/Paris.",
        f"{source}: this log writes no time zone; say which with --tz Europe/Paris.",
    )


def unmatched_routes(source: str, share: float) -> Advice:
    """Many requests match no route of the profile."""
    return Advice(
        "unmatched_routes",
        f"{source} : {share:.0%} des requêtes ne correspondent à aucune route du profil ; s’il en est qui montrent des "
        "patients, ajoutez-les (docs/profile.md).",
        f"{source}: {share:.0%} of the requests match no route of the profile; if some of them show patients, add them "
        "(docs/profile.md).",
    )


def damaged(text: str) -> Advice:
    """A compressed file ends early or is broken."""
    return Advice("damaged", f"fichier abîmé : {text}", f"damaged file: {text}")
