"""E-mail over SMTP: text and simple HTML side by side, with the headers that keep answering machines quiet."""

import hashlib
import smtplib
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from html import escape

from laaswatch_collector.notify.outgoing import (
    TIMEOUT,
    Outgoing,
    Refused,
    TryLater,
    Unsure,
    is_loopback,
)
from laaswatch_collector.notify.texts import plain
from laaswatch_collector.web.words import words_in

MOST_SUBJECT = 150


@dataclass(frozen=True, slots=True)
class Email:
    """A mail server. `security`: `starttls`, `tls`, or `none` for a server on this very machine."""

    host: str
    port: int
    security: str
    sender: str
    user: str = ""
    password: str = ""
    ca_file: str = ""
    repeatable = False

    def __repr__(self) -> str:
        return f"Email({self.host}:{self.port})"

    def send(self, message: Outgoing) -> None:
        """One mail, one address."""
        mail = letter(message, self.sender)
        try:
            with self._connected() as server:
                self._deliver(server, mail)
        except (Refused, TryLater, Unsure):
            raise
        except smtplib.SMTPResponseException as error:
            raise _ending(error) from None
        except (OSError, smtplib.SMTPException) as error:
            raise TryLater(type(error).__name__) from None

    def _connected(self) -> smtplib.SMTP:
        if self.security == "none" and not is_loopback(self.host):
            raise Refused("without TLS only to this machine")
        context = ssl.create_default_context(cafile=self.ca_file or None)
        if self.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=TIMEOUT, context=context
            )
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT)
        try:
            if self.security == "starttls":
                server.starttls(context=context)
            if self.user:
                server.login(self.user, self.password)
        except BaseException:
            server.close()
            raise
        return server

    def _deliver(self, server: smtplib.SMTP, mail: EmailMessage) -> None:
        try:
            server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            why = f"recipient refused ({codes[0]})"
            raise (Refused if codes[0] >= 500 else TryLater)(why) from None
        except smtplib.SMTPResponseException as error:
            raise _ending(error) from None
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            raise Unsure(type(error).__name__) from None


def letter(message: Outgoing, sender: str) -> EmailMessage:
    """The mail as it goes out. Line breaks cannot get into a header: the sentence is one line."""
    notice = message.notice
    t = words_in("en" if notice.language == "en" else "th")
    mail = EmailMessage(policy=SMTP_POLICY)
    domain = sender.rpartition("@")[2].strip(">") or "localhost"
    mail["Subject"] = " ".join(notice.subject.split())[:MOST_SUBJECT]
    mail["From"] = Address("laaswatch", addr_spec=sender)
    mail["To"] = Address(addr_spec=message.address)
    mail["Date"] = format_datetime(message.now)
    mail["Message-ID"] = f"<{hashlib.sha256(message.key.encode()).hexdigest()[:32]}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["Precedence"] = "bulk"
    mail["Content-Language"] = "en" if notice.language == "en" else "th"
    footer = ""
    if message.settings:
        mail["List-Unsubscribe"] = f"<{message.settings}>"
        footer = t("notices.mail.footer", link=message.settings)
    body = plain(notice, message.link)
    mail.set_content(f"{body}\n\n{footer}\n" if footer else f"{body}\n")
    mail.add_alternative(_html(message, footer), subtype="html")
    return mail


def _html(message: Outgoing, footer: str) -> str:
    lines = plain(message.notice, "").split("\n")
    link = escape(message.link)
    rows = "".join(f"<p>{escape(x)}</p>" for x in lines)
    rows += f'<p><a href="{link}">{link}</a></p>' if link else ""
    rows += f"<p><small>{escape(footer)}</small></p>" if footer else ""
    language = "en" if message.notice.language == "en" else "th"
    return f'<!doctype html><html lang="{language}"><body>{rows}</body></html>'


def _ending(error: smtplib.SMTPResponseException) -> Exception:
    why = f"{type(error).__name__} {error.smtp_code}"
    if isinstance(error, smtplib.SMTPAuthenticationError) or error.smtp_code < 500:
        return TryLater(why)
    return Refused(why)
