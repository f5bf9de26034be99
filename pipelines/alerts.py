"""Tell people: a run that failed, a delivery that is held, an agency that is late; by e-mail, webhook or file.

In: the state of a workspace and `[alerts]` of palermo.toml. Out: one message for each new piece of news, once.

    [alerts]
    smtp = "mail.example.org:587"      # starttls where the server offers it; PALERMO_SMTP_USER, PALERMO_SMTP_PASSWORD
    mail_from = "palermo@example.org"
    mail_to = ["analyst@example.org"]
    webhook = "https://chat.example.org/hooks/1"   # gets {"subject": ..., "text": ...}
    file = "alerts.log"                # a line each, below the workspace

A message names agency, delivery, rule and next step; never a value of a record.
"""

import datetime as dt
import json
import os
import smtplib
import urllib.request
from dataclasses import dataclass
from email.message import EmailMessage

from pipelines import aside, edition, gate
from pipelines.ledger import freshness
from pipelines.workspace import Alerts, Workspace
from sources.contract import agencies

USER, PASSWORD = "PALERMO_SMTP_USER", "PALERMO_SMTP_PASSWORD"
TIMEOUT = 20.0


@dataclass(frozen=True)
class Alert:
    """One piece of news; `key` tells whether it was told before."""

    key: str
    subject: str
    text: str


def news(workspace: Workspace, today: dt.date | None = None) -> list[Alert]:
    """What should worry somebody now: held deliveries, and agencies whose delivery is late."""
    found, known = [], edition.listed(workspace)
    today = today or edition.today(workspace, known)
    for name, receipts in known.items():
        agency = agencies()[name]
        for r in gate.held(agency, receipts):
            found.append(
                Alert(
                    f"held {name} {r.name} {r.digest[:12]}",
                    f"{agency.label}: delivery {r.name} is held",
                    f"{r.reason}\nThe last good delivery stays in use. Every page says so. See: palermo status",
                )
            )
        stands = freshness(agency, receipts, today)
        if stands.is_late:
            found.append(
                Alert(
                    f"late {name} {stands.last}",
                    f"{agency.label}: no delivery since {stands.last}",
                    f"One is expected every {agency.cadence_days} days. Figures of this agency are as of "
                    f"{stands.last}. Ask its liaison.",
                )
            )
    return found


def tell_new(workspace: Workspace, alerts: list[Alert], *, again: bool = False) -> list[str]:
    """Send what was not told yet, by every channel that is set; returns what could not be sent, in words.

    What a channel refused is tried again the next time, by that channel alone.
    """
    by, ledger = workspace.settings.alerts, workspace.store / "alerts.json"
    told: set[str] = set(json.loads(ledger.read_text(encoding="utf-8"))) if ledger.is_file() else set()
    failed = []
    for alert in alerts:
        for channel, send in (("smtp", _mail), ("webhook", _post), ("file", _note)):
            if not getattr(by, channel) or (not again and f"{channel} {alert.key}" in told):
                continue
            try:
                send(workspace, by, alert)
                told.add(f"{channel} {alert.key}")
            except (OSError, smtplib.SMTPException) as error:
                failed.append(f"{channel}: {type(error).__name__}: {alert.subject}")
    aside.text(ledger, json.dumps(sorted(told), indent=1))
    return failed


def _mail(_workspace: Workspace, by: Alerts, alert: Alert) -> None:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = f"Palermo: {alert.subject}", by.mail_from, by.mail_to
    message.set_content(alert.text)
    host, _, port = str(by.smtp).partition(":")
    with smtplib.SMTP(host, int(port or 25), timeout=TIMEOUT) as server:
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls()
        if os.environ.get(USER):
            server.login(os.environ[USER], os.environ.get(PASSWORD, ""))
        server.send_message(message)


def _post(_workspace: Workspace, by: Alerts, alert: Alert) -> None:
    body = json.dumps({"subject": alert.subject, "text": alert.text}).encode()
    request = urllib.request.Request(str(by.webhook), body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=TIMEOUT):
        pass


def _note(workspace: Workspace, by: Alerts, alert: Alert) -> None:
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    line = json.dumps({"at": now, "subject": alert.subject, "text": alert.text})
    with (workspace.root / str(by.file)).open("a", encoding="utf-8") as file:
        file.write(line + "\n")
