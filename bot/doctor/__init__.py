"""`thonmoi doctor`: looks at everything that an installation rests on, and says what to do.

Nothing is sent to anybody, nothing of a channel is changed, and a Zalo refresh token is never used.
One module a family of checks; `checks.py` names them all, `running.py` runs them side by side.
"""
