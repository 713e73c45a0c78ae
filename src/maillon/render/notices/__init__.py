"""Notices: what must be said to whom after a theft, filled from the evidence, with its gaps marked."""
