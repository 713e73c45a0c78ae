"""The vocabulary: schemas and frozen values, no behaviour. Every room speaks it; it imports none of them."""
