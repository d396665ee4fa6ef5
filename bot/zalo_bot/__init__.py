"""The door of the Zalo Bot Platform (Zalo Bot Creator's bots; not an Official Account)."""
