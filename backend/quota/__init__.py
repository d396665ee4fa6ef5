"""Quota and reply windows: what may be sent, what is left, and by which way a person is reached."""
