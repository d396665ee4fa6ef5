"""From words as people type them to values: pure parsers that never guess.

Each parser returns what it understood or a problem to tell; an unclear answer is asked again
with its readings named (domain.md 4.3). Nothing here knows a form or a chat.
"""
