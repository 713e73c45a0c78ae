"""Evidence and policy become decisions and incidents."""
