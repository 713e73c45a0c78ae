"""The outside, one foreign thing a file, no rule of ours inside."""
