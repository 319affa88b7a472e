"""What the agent looks with: one file a protocol. A network fault is a value, never an exception.

| layer | file | question | how |
| --- | --- | --- | --- |
| link | `link.py` | is an interface up, with an address that somebody gave? | psutil |
| gateway | `gateway.py`, `icmp.py` | does the router live? | echo, TCP (a refusal is life), address resolution |
| dns | `dns.py`, `dns_message.py` | does the name lead anywhere? | the system, or one resolver over UDP |
| reference | `reference.py` | does anybody else outside answer? | TCP, a trusted certificate, or an exact status |
| tcp | `tcp.py` | does the site's port answer, how soon? | connect |
| tls | `tls.py`, `certificate.py` | does its certificate hold? | full handshake; a second look if it does not |
| http | `http.py`, `http_message.py` | is it the right page? | one GET, status, markers, the server's clock |
| (http) | `websocket.py` | does the page's data channel open? | the handshake of RFC 6455, a row `websocket` |

`site.py` strings tcp, tls and http together into one conversation; `ladder.py`, one level up, runs all of
them side by side. A new probe: a file here, a row in this table, a line in `ladder.py`.
"""
