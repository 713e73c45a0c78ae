"""Bytes become event columns: dialects, profiles, pseudonyms. No I/O, no clock."""
