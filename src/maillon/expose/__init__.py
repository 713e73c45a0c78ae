"""The lake and an incident become exposure: which patients, which fields, since when."""
