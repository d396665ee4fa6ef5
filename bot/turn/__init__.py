"""One message = one turn = one transaction: journal, turn, outbox, sender (design.md 2)."""
