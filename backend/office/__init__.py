"""The office's pages: progress, what was submitted, photos; and what machines ask (healthz …).

Whoever is signed in sees what `backend.access` lets them see, and nothing else is loaded.
"""
