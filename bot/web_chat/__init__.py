"""The web chat: the same conversation on a phone's browser, for whoever has neither app.

What happens: `routes` takes a message from the page, `incoming` makes it an Incoming, the
journal commits it, the page is answered. What the turn writes to the outbox is read straight
from there by `conversation` and shown; `channel` only wakes the pages that wait.
"""
