"""A region in a seed: people, attacks, truth. Yields event columns; log formats are renderers over them."""
