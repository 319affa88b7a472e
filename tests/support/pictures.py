"""Pictures of the main pages for the documentation: the real application over the seeded province, at both widths.

`make pictures` writes docs/pictures/*.png.
"""

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from support import seeded
from support.browser import ARGUMENTS, CHROMIUM
from support.pages import serving

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
OFFICE = f"/offices/{seeded.FIRST}"
MONTH = f"month={seeded.MONTH}"
PAGES = {
    "office": ("somchai", OFFICE),
    "books": ("viewer", f"{OFFICE}/books?{MONTH}"),
    "late-entries": ("somchai", f"{OFFICE}/explanations?{MONTH}"),
    "letters": ("somchai", f"{OFFICE}/documents?{MONTH}"),
    "tried": ("somchai", f"{OFFICE}/tried"),
    "partners": ("somchai", f"{OFFICE}/partners"),
    "province": ("somying", f"/provinces/{seeded.PROVINCE}?{MONTH}"),
    "outage": ("somying", f"/outages/o-isp?{MONTH}"),
    "site": ("support", f"/site?{MONTH}"),
    "messages": ("somying", "/messages"),
}
SIZES = {"wide": (1280, 900), "phone": (390, 844)}


def main() -> None:
    """Write them all."""
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder)) as site,
        sync_playwright() as p,
    ):
        browser = p.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        for size, (width, height) in SIZES.items():
            for name, (user, path) in PAGES.items():
                context = browser.new_context(viewport={"width": width, "height": height})
                context.add_cookies([site.cookie_of(user)])
                tab = context.new_page()
                tab.goto(f"{site.url}{path}")
                tab.screenshot(path=FOLDER / f"{name}-{size}.png")
                context.close()
        browser.close()


if __name__ == "__main__":
    main()
