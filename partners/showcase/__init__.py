"""What the demo shows in the office: companies on their way, and what a live one has proved."""

from partners.showcase.companies import COMPANIES, MANAGERS, seed_showcase
from partners.showcase.live import OFFICERS, prove_live_partner
from partners.showcase.papers import write_pdf

__all__ = ["COMPANIES", "MANAGERS", "OFFICERS", "prove_live_partner", "seed_showcase", "write_pdf"]
