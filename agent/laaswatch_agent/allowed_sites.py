"""What an agent may be told to look at: the accounting site, and references out on the internet. Pure.

Compiled in on purpose: a settings file that went astray, or that somebody else wrote, shall not turn
thousands of PCs on another host, nor on a machine inside a network.
"""

import ipaddress

SITE_DOMAINS = (".laas.go.th", ".dla.go.th", ".e-laas.go.th")
WEB_PORTS = (80, 443)


def of_the_site(host: str) -> bool:
    """Is this a name in the accounting site's own domains? (`.laas.go.th` stands for the whole domain.)"""
    return any(host.endswith(domain) or host == domain[1:] for domain in SITE_DOMAINS)


def lies_inside(host: str) -> bool:
    """Does this host lie inside somebody's network, or try to hide where it lies?"""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        last = host.rpartition(".")[2]
        # `localhost.`, a bare name, or a number in disguise (2130706433, 0x7f.1): no public name is one.
        return not last or last == host or last[0].isdigit()
