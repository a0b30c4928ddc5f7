"""Landing: raw Azure files from a folder into the tables of ``schema.sql``."""

from scripts.landing.run import LandingReport, land
from scripts.landing.warehouse import upgrade_warehouse

__all__ = ["LandingReport", "land", "upgrade_warehouse"]
