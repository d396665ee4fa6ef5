"""Photos: checked, stored by content, shown only through one access function."""
