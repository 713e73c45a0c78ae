"""Words of French and English services, as hints: what a route does, what an identifier is of. Statistics decide."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PATIENT = _words(
    """
    patient patients usager beneficiaire resident personne person people ins ipp nir assure adherent malade
    dossier dossierpatient record chart case fiche client citizen subject individu individual consultant
    iddossier idpatient patientid pid article pii doi demande
    """
)
"""What the thing collected may be called. `article`: in a library's proxy it is what the patient is elsewhere."""

SURELY_PATIENT = _words(
    """
    patient usager beneficiaire resident ins ipp nir assure malade idpatient patientid dossierpatient
    subject
    """
)

OTHER_THING = _words(
    """
    page p offset start skip top limit size count per sort tri order dir version v ver lang langue locale
    date day jour from to du au since until annee year mois month semaine week onglet tab view vue format
    type theme doc document documents piece pieces fichier file message messages mail inbox notification
    etablissement structure site sites finess service services unite facility organization organisation org
    siret place ville commune region departement practitioner praticien medecin professionnel rpps journal
    issue volume isn issn user login account compte ts time timestamp rnd rand random nonce cache cb rid
    request requestid trace token csrf ticket md5 sig signature hash key state code redirect url return next
    ref referer binary image img sejour stay visit encounter observation rapport report zone origin cid
    """
)
"""Identifiers that are of something else: pages, dates, documents, establishments, stays, tokens."""

SESSION = _words(
    """
    jsessionid sid session sessionid phpsessid sessid aspsessionid cfid cftoken sessiontoken
    """
)

ACCOUNT = _words("u user users account compte espace utilisateur agent member membre profil profile my")

EXPORT = _words(
    """
    export exporter exports extraction extract csv xls xlsx ods pdf zip print imprimer impression imprime
    download telecharger telechargement everything edition bulk
    """
)
SEARCH = _words(
    """
    recherche rechercher rech search searches find chercher trouver query requete lookup match suggest
    autocomplete executesearch filter filtre
    """
)
SEARCH_KEYS = _words(
    """
    q query search recherche prenom family given birthdate ddn naissance term terme
    keyword keywords naissance datenaissance spq qs
    """
)
"""Keys under which something is searched for, alone or with other words; the next, only as the whole key."""

ALONE = _words("name nom text mot filter filtre identifier phone telephone texte libelle")

LIST = _words(
    """
    liste listes list listing lister all tous attente worklist agenda planning browse
    """
)
LIST_KEYS = _words(
    """
    page p offset skip start limit size top count perpage pagesize getpagesoffset n debut
    """
)
SIZE_KEYS = _words("size limit top count perpage pagesize nb rows")
CARE = _words(
    """
    envoyer envoi envoie send sent orienter orientation orientations refer referral referrals transmettre
    transmission prescription prescrire prescribe message messages adresser admission admettre valider
    validate servicerequest communication order rdv appointment transfer
    """
)
UPDATE = _words(
    """
    modifier modif modification update maj save enregistrer sauver edit edition editer creer create new
    delete supprimer remove observation note patch
    """
)
LOGIN = _words(
    """
    login connexion connect signin auth authenticate authentification identification logon sso token oidc
    cas saml security session callback in
    """
)
SURELY_LOGIN = _words("login connexion signin logon authenticate authentification identification")
LOGOUT = _words("logout deconnexion signout logoff signoff quitter revoke end disconnect out")
SURELY_LOGOUT = _words("logout deconnexion signout logoff signoff disconnect")
TAMPER = _words("password passwd motdepasse mdp credential credentials otp totp mfa secondfactor")
HEALTH = _words(
    """
    health healthz healthcheck livez readyz live ready alive ping status sante up etat ok heartbeat metrics
    actuator monitoring probe
    """
)
ROBOT = _words("robots sitemap")
STATIC_FOLDERS = _words(
    """
    static statics assets asset css js img images image fonts font scripts script styles media dist build
    bundle bundles chunks lib vendor icons public resources theme themes i18n
    """
)
READ = _words(
    """
    identite identity coordonnees contact contacts histoire historique history synthese summary plan view
    voir vue consult consulter detail details droits full abs abstract antecedent alert alerts alerte show
    afficher
    """
)
ACTION_KEYS = _words("action cmd op do act method verb task event command mode func operation methode")
FORMAT_KEYS = _words("format type output export mime")

_PLAIN = _words(
    """
    api rest fhir odata app application portail portal webapp backend web www public main home accueil index
    default me moi help aide tableau de bord dashboard mentions legales contact profile profil account
    compte settings parametres metadata admin me menu espace users user u s html htm php jsp do aspx action
    json xml servlet controleur controller my mes svc hapi r4 graphql oauth gateway dmp dpi notifications
    auth tls value observations condition conditions medicationrequest encounter practitionerrole
    organization binary et la le des science nature journal full
    """
)

_WORDS = frozenset().union(
    PATIENT, OTHER_THING, EXPORT, SEARCH, LIST, CARE, UPDATE, LOGIN, LOGOUT, TAMPER, HEALTH, ROBOT, STATIC_FOLDERS,
    READ, _PLAIN,
)  # fmt: skip

_PIECE = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@lru_cache(maxsize=1 << 14)
def pieces(text: str) -> tuple[str, ...]:
    """Return the words that a name is put together from, in lower case, without accents or plural."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    found = [piece.lower() for piece in _PIECE.findall(plain)]
    whole = "".join(c for c in plain.lower() if c.isalnum())
    words = [*found, whole] if len(found) > 1 else found
    return tuple(dict.fromkeys(_singular(word) for word in words))


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith(("s", "x")) and word not in _WORDS else word


def says(text: str, words: frozenset[str]) -> bool:
    """Tell whether a name holds one of `words`."""
    return any(piece in words or piece + "s" in words or piece.rstrip("s") in words for piece in pieces(text))


@lru_cache(maxsize=1 << 14)
def is_known(text: str) -> bool:
    """Tell whether a name is put together from known words alone: it is then nobody's name."""
    found = pieces(text)
    parts = found[:-1] if len(found) > 1 else found
    known = all(piece in _WORDS or piece + "s" in _WORDS or piece.rstrip("s") in _WORDS for piece in parts)
    return bool(parts) and (known or found[-1] in _WORDS)
