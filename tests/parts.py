"""Install the system parts that some tests use (nginx, Apache, Chromium …), where this machine allows it.

Run before pytest by the README's test command. It never fails: a test whose part is missing is skipped with the
reason, and in CI (CI=true) that skip is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

PACKAGES = {
    "nginx": "nginx-light",
    "/usr/lib/nginx/modules/ngx_http_js_module.so": "libnginx-mod-http-js",
    "caddy": "caddy",
    "apache2ctl": "apache2",
    "/usr/lib/apache2/modules/mod_auth_openidc.so": "libapache2-mod-auth-openidc",
    "/usr/lib/apache2/modules/mod_auth_mellon.so": "libapache2-mod-auth-mellon",
    "chromium": "chromium",
    "java": "default-jre-headless",
    "mvn": "maven",
    "crowdsec": "crowdsec",
    "plackup": "libplack-perl",
    "/usr/share/lemonldap-ng/portal/htdocs/index.psgi": "liblemonldap-ng-portal-perl",
    "/usr/share/lemonldap-ng/manager/htdocs/manager.psgi": "liblemonldap-ng-manager-perl",
    "openssl": "openssl",
    "pg_ctlcluster": "postgresql",
    "7z": "p7zip-full",
    "xz": "xz-utils",
    "zstd": "zstd",
}
"""Programs, and files by their full path, with the Debian package that brings each."""

PREPARED = {"crowdsec": ("/etc/crowdsec/online_api_credentials.yaml", "# no registration with the central service\n")}
"""Files that must be there before a package is installed: without this one CrowdSec would register itself outside."""


def main() -> None:
    missing = [package for part, package in PACKAGES.items() if not found(part)]
    if not missing:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(f"not installed (no root or no apt-get), their tests are skipped: {' '.join(missing)}", file=sys.stderr)
        return
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    # Packages that start a service of their own must not: tests start what they need, where they need it.
    policy = "/usr/sbin/policy-rc.d"
    ours = not os.path.exists(policy)
    if ours:
        with open(policy, "w") as file:
            file.write("#!/bin/sh\nexit 101\n")
        os.chmod(policy, 0o755)
    try:
        subprocess.run(["apt-get", "update", "-qq"], env=environment, check=False)
        for package in missing:
            if package in PREPARED:
                prepare(*PREPARED[package])
            install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package]
            subprocess.run(install, env=environment, check=False, stdout=subprocess.DEVNULL)
    finally:
        if ours:
            os.unlink(policy)


def prepare(path: str, text: str) -> None:
    """Write a file where there is none."""
    if not os.path.exists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)


def found(part: str) -> str | None:
    """Return where a program or a file is, None where it is missing."""
    if part.startswith("/"):
        return part if os.path.exists(part) else None
    beside = os.path.dirname(sys.executable)  # what a Python package brings
    return shutil.which(part, path=f"{os.environ.get('PATH', '')}:{beside}:/usr/sbin:/sbin")


if __name__ == "__main__":
    main()
