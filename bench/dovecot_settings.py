"""The configuration file of the private Dovecot (version 2.3), from a handful of values."""

import grp
import os
import pwd
from dataclasses import dataclass
from pathlib import Path

ROLES = ("Drafts", "Sent", "Trash", "Archive", "Junk")
"""Folders that every mailbox has, each with its special use (RFC 6154)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What differs from one private server to the next."""

    directory: Path
    imap: int
    imaps: int
    pop3: int
    pop3s: int
    password: str
    mail_uid: int
    mail_gid: int
    certificate: tuple[Path, Path] | None
    """Certificate and key; None: no TLS at all."""
    capability: str | None
    """What IMAP announces; None: everything Dovecot can do."""
    prefix: str = ""
    """What the names of all folders but INBOX begin with; one like `INBOX.` ends in what divides their levels."""
    connections: int = 100
    """How many a user may have from one machine, for each protocol."""


def render(settings: Settings) -> str:
    """The text of dovecot.conf; one setting a line, because Dovecot refuses `{ port = 1 }` on one line."""
    return "\n".join(
        [_general(settings), _users(settings), _namespace(settings.prefix), _listeners(settings), _protocols(settings)]
    )


def _general(settings: Settings) -> str:
    here = settings.directory
    tls = "ssl = no"
    if settings.certificate:
        certificate, key = settings.certificate
        tls = f"ssl = yes\nssl_cert = <{certificate}\nssl_key = <{key}"
    return f"""\
protocols = imap pop3
base_dir = {here}/run
state_dir = {here}/state
log_path = {here}/dovecot.log
listen = 127.0.0.1
{tls}
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = maildir:{here}/mail/%u:INDEX={here}/index/%u
mail_fsync = never
mailbox_idle_check_interval = 1 secs
mail_max_userip_connections = {settings.connections}
first_valid_uid = 1
"""


def _users(settings: Settings) -> str:
    if os.geteuid() == 0:
        login, internal, group = "dovenull", "dovecot", "dovecot"
    else:
        login = internal = pwd.getpwuid(os.geteuid()).pw_name
        group = grp.getgrgid(os.getegid()).gr_name
    return f"""\
default_login_user = {login}
default_internal_user = {internal}
default_internal_group = {group}
passdb {{
  driver = static
  args = password={settings.password}
}}
userdb {{
  driver = static
  args = uid={settings.mail_uid} gid={settings.mail_gid} home={settings.directory}/home/%u
}}
"""


def _namespace(prefix: str) -> str:
    folders = "".join(
        f"  mailbox {role} {{\n    special_use = \\{role}\n    auto = subscribe\n  }}\n" for role in ROLES
    )
    where = f"  prefix = {prefix}\n" if prefix else ""
    return f"namespace inbox {{\n  inbox = yes\n  separator = {prefix[-1:] or '/'}\n{where}{folders}}}\n"


def _listeners(settings: Settings) -> str:
    ports = {"imap": (settings.imap, settings.imaps), "pop3": (settings.pop3, settings.pop3s)}
    text = ""
    for name, (plain, tls) in ports.items():
        # port 0 closes a listener that Dovecot would otherwise open on its well-known port
        text += f"""\
service {name}-login {{
  chroot =
  service_count = 0
  inet_listener {name} {{
    port = {plain}
  }}
  inet_listener {name}s {{
    port = {tls if settings.certificate else 0}
    ssl = yes
  }}
}}
"""
    # Without the penalty listener a test of a wrong password does not slow down the tests after it.
    return (
        text
        + """\
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
"""
    )


def _protocols(settings: Settings) -> str:
    capability = f"  imap_capability = {settings.capability}\n" if settings.capability else ""
    return f"""\
protocol imap {{
  mail_max_userip_connections = {settings.connections}
{capability}}}
protocol pop3 {{
  mail_max_userip_connections = {settings.connections}
}}
pop3_uidl_format = %08Xu%08Xv
"""
