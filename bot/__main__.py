"""`python -m bot` is `thonmoi`."""

import sys

from bot.cli import main

if __name__ == "__main__":  # a process that it starts reads this file too
    sys.exit(main())
