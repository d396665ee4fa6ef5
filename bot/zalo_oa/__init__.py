"""The door of a Zalo Official Account (OpenAPI v3)."""
