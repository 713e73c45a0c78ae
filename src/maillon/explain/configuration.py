"""Configuration lines to copy, by where they go. Each block stands on its own; alternatives are separate blocks.

A log's variable that nothing has set is written `-`. `$request_id` makes repeated lines recognisable.
"""

from __future__ import annotations

_COMBINED_TAIL = """[$time_local] "$request" $status $body_bytes_sent '
                   '"$http_referer" "$http_user_agent" $request_id';"""

_NGINX = (
    "# http {{ }}\nlog_format maillon '$remote_addr - {account} "
    + _COMBINED_TAIL
    + ("\n# server {{ }}\naccess_log /var/log/nginx/access.log maillon;\n# location {{ }} {where}\n{lines}")
)

_OAUTH2_PROXY = _NGINX.format(
    account="$account",
    where="protected by auth_request; run oauth2-proxy with --set-xauthrequest",
    lines="auth_request_set $account $upstream_http_x_auth_request_preferred_username;",
)

_LEMONLDAP = _NGINX.format(
    account="$lmremote_user",
    where="protected by auth_request /lmauth",
    lines="auth_request_set $lmremote_user $upstream_http_lm_remote_user;",
)

_OWN_LOGIN = _NGINX.format(
    account="$upstream_http_x_account",
    where="of the application, which answers with a header X-Account",
    lines="proxy_hide_header X-Account;",
)

_APACHE_LOG = r"""LogFormat "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"" maillon
CustomLog ${APACHE_LOG_DIR}/access.log maillon"""

_APACHE_OIDC = f"""# the claim that becomes REMOTE_USER, which %u writes
OIDCRemoteUserClaim preferred_username
{_APACHE_LOG}"""

_APACHE_SAML = f"""# the attribute that becomes REMOTE_USER, which %u writes; in the <Location> that Mellon protects
<Location />
    MellonUser "uid"
</Location>
{_APACHE_LOG}"""

_NGINX_SESSION = """// /etc/nginx/maillon/session.js
import crypto from 'crypto';
function digest(r) {
    const cookie = r.variables.cookie_JSESSIONID;
    return cookie ? crypto.createHash('sha256').update(cookie).digest('hex').slice(0, 32) : '';
}
export default { digest };
# nginx.conf, at its top (Debian: package libnginx-mod-http-js)
load_module modules/ngx_http_js_module.so;
# http { }
js_path /etc/nginx/maillon/;
js_import session from session.js;
js_set $session_digest session.digest;
# then $session_digest at the end of log_format"""

_APACHE_SESSION = r"""# a2enmod headers setenvif
SetEnvIf Cookie "(?:^|;\s*)JSESSIONID=([^;]+)" session_cookie=$1
RequestHeader unset X-Session-Digest
RequestHeader set X-Session-Digest "expr=%{sha1:%{reqenv:session_cookie}}" env=session_cookie
# then \"%{X-Session-Digest}i\" at the end of LogFormat"""

_EVENT_LINE = (
    '{"maillon":1,"at":"2026-03-01T08:12:03+01:00","account":"m.durand","session":"7f3a09c4","address":"10.12.3.4",'
    '"client":"Mozilla/5.0","action":"read","patient":"41520977","fields":["family_name","birth_date"],"outcome":"ok"}'
)

APPLICATION = {"application (docs/event-lines.md)": _EVENT_LINE}
"""A line that says everything, for services that can log what they like."""

NO_ACCOUNT = {
    "nginx + oauth2-proxy (OIDC)": _OAUTH2_PROXY,
    "nginx + LemonLDAP::NG": _LEMONLDAP,
    "nginx + application that logs in by itself": _OWN_LOGIN,
    "Apache + mod_auth_openidc (OIDC)": _APACHE_OIDC,
    "Apache + mod_auth_mellon (SAML)": _APACHE_SAML,
    **APPLICATION,
}
"""How a log comes to name the account."""

NO_SESSION = {
    "nginx, digest of the session cookie": _NGINX_SESSION,
    "Apache, digest of the session cookie": _APACHE_SESSION,
}
"""How a log comes to name the session without giving it away."""
