"""Who turns the crank: thin runners around one scoring."""
