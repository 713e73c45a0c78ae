"""What one region learns, the others check in their own past."""
