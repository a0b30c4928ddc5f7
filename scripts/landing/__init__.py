"""Landing: raw Azure files from a folder into the tables of ``schema.sql``."""

from scripts.landing.run import LandingReport, land

__all__ = ["LandingReport", "land"]
