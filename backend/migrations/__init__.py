"""Schema migrations (Tortoise)."""
