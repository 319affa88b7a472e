"""Forms as a browser sends them: plain, and with a file."""

import urllib.error
import urllib.parse
import urllib.request

CSRF = "c5" * 32
BOUNDARY = "----laaswatch-test"


class Stay(urllib.request.HTTPRedirectHandler):
    """Shows a redirect instead of following it."""

    def redirect_request(self, *_args, **_kwargs):
        return None


def multipart(fields, file=None, name="book.csv"):
    """The body of a form; the fields come first, as they stand on the page."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    if file is not None:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        parts.append(
            head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + file + b"\r\n"
        )
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def send(site, path, body, content_type, user):
    """Status, where it leads, and the body of the answer."""
    request = urllib.request.Request(
        f"{site.url}{path}",
        body,
        {"Cookie": site.cookie_header(user), "Origin": site.url, "Content-Type": content_type},
    )
    try:
        with urllib.request.build_opener(Stay).open(request, timeout=30) as answer:
            return answer.status, answer.headers.get("Location", ""), answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get("Location", ""), error.read().decode()


def post(site, path, user, csrf=CSRF, **fields):
    """A plain form."""
    body = urllib.parse.urlencode({"csrf": csrf, **fields}).encode()
    return send(site, path, body, "application/x-www-form-urlencoded", user)


def post_file(site, path, user, file, name="สมุดเงินสดรับ.csv", csrf=CSRF, **fields):
    """A form with a file."""
    body = multipart({"csrf": csrf, **fields}, file, name)
    return send(site, path, body, f"multipart/form-data; boundary={BOUNDARY}", user)
