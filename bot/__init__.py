"""The doors: one package per channel, the turn that joins a message to the interview, the command line."""
