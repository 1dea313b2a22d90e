"""`python -m tests.e2e.screenshots`: picture the office's main pages into docs/images, on a fresh platform.

`B2B_E2E_VAR` names the folder of a platform that runs already. Where pngquant is installed the pictures
get a palette. README.md links them by their names.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser

from b2b.environment import ROOT
from tests.e2e.desk import Desk, chromium, context_of, find_chromium
from tests.running import Platform

FOLDER = ROOT / "docs" / "images"

SHOTS = (
    ("home-account-manager", "account_manager", "/admin/", ""),
    ("board", "account_manager", "/admin/onboarding/", ""),
    ("partner", "account_manager", "partner:Vela Sports", ""),
    ("home-compliance", "compliance", "/admin/", ""),
    ("review-queue", "compliance", "/admin/partners/evidencefile/?status__exact=submitted", ""),
    ("approvals", "compliance", "/admin/approvals/approvalrequest/", ""),
    ("home-risk-dark", "risk", "/admin/", "dark"),
    ("bets", "risk", "/admin/sportsbook/bet/", ""),
    ("home-finance", "finance_maker", "/admin/", ""),
    ("api-requests", "support", "/admin/integration/apirequest/", ""),
    ("history", "auditor", "/admin/core/auditrecord/", ""),
    ("board-phone", "account_manager", "/admin/onboarding/", "phone"),
    ("home-phone-dark", "account_manager", "/admin/", "dark phone"),
)
"""Name, whose page, where it is (`partner:` by the partner's name), and how it is looked at."""


def main() -> int:
    if find_chromium() is None:
        print("Chromium is not installed: `apt-get install chromium`.", file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with platform() as office, chromium() as browser:
        demo = office.demo()
        staff = {each["username"]: each for each in demo["staffUsers"]}
        for username in dict.fromkeys(shot[1] for shot in SHOTS):
            take_all_of(browser, office.office_url, staff[username])
    return 0


@contextmanager
def platform() -> Iterator[Platform]:
    """The platform in `B2B_E2E_VAR`, or a new one that ends with us."""
    if given := os.environ.get("B2B_E2E_VAR"):
        yield Platform.running(Path(given))
        return
    with tempfile.TemporaryDirectory(prefix="b2b-screenshots-") as folder:
        Path(folder).chmod(0o755)
        found = Platform(Path(folder) / "var")
        found.start()
        try:
            yield found
        finally:
            found.stop()


def take_all_of(browser: Browser, url: str, staff: dict[str, str]) -> None:
    """Log in once, and take every picture of this member of staff."""
    profile = None
    for name, username, path, look in SHOTS:
        if username != staff["username"]:
            continue
        looks = look.split()
        context = context_of(browser, dark="dark" in looks, phone="phone" in looks, storage_state=profile)
        desk = Desk(context.new_page(), url)
        if profile is None:
            desk.log_in(staff)
            profile = context.storage_state()
        if path.startswith("partner:"):
            desk.open(f"/admin/partners/partner/?q={path.removeprefix('partner:')}")
            desk.main.locator("tbody tr").first.get_by_role("link").first.click()
        else:
            desk.open(path)
        desk.page.wait_for_load_state("networkidle")
        desk.page.wait_for_timeout(1200)
        file = FOLDER / f"{name}.png"
        desk.page.screenshot(path=file, animations="disabled")
        make_smaller(file)
        print(f"{file.relative_to(ROOT)}  {file.stat().st_size // 1024} KiB")
        context.close()


def make_smaller(file: Path) -> None:
    """Give a picture a palette, where pngquant is installed; without it the picture stays as it is."""
    if tool := shutil.which("pngquant"):
        subprocess.run([tool, "--force", "--output", str(file), "128", str(file)], check=True)


if __name__ == "__main__":
    sys.exit(main())
