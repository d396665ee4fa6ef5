"""Every bound of the interview, in one place.

What comes from outside is cut or refused at these limits before anything else looks at it.
"""

from typing import Final

MAX_TEXT_CHARS: Final = 2_000
"""Longest text taken as one answer, in characters; longer is refused with a sentence."""

MAX_NUMBER_DIGITS: Final = 9
"""Most digits before the decimal comma; no count in a village needs more."""

MAX_PHOTOS_PER_QUESTION: Final = 5
"""Most photos one question keeps when the form names no lower number."""

ALBUM_SECONDS: Final = 10
"""A photo that follows sooner than this on the last one a question takes is of the same album."""

TOGETHER_SECONDS: Final = 4
"""Photos that come so soon after each other are acknowledged as one batch, whatever their album."""

MAX_REFUSED: Final = 20
"""Refused photos of one batch that are counted."""

MAX_QUESTIONS_PER_FORM: Final = 500
MAX_CHOICES_PER_LIST: Final = 200
MAX_FORM_XML_BYTES: Final = 2_000_000
MAX_EXPRESSION_CHARS: Final = 4_000
MAX_EXPRESSION_DEPTH: Final = 60
