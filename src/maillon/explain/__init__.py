"""Evidence becomes reasons, in French and English."""
