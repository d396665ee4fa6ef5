"""The tree of areas as the office has changed it: reforms, lists put in, and a log of both."""
