"""Maillon keeps stolen professional accounts from emptying shared health services."""

__version__ = "0.1.0"
