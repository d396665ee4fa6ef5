"""How a command says no."""


class Refusal(Exception):  # noqa: N818  (it is an answer to the person, not a fault of the program)
    """An input that cannot be used; the message is the one sentence that is shown."""
