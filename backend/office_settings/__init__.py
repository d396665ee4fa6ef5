"""What an office sets beside its plan, without editing a pack, and the log of it."""
