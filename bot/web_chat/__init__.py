"""The web chat door at /c/<token>."""
