"""Status and progress as pure functions over recorded answers."""
