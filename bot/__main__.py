"""`python -m bot` is `thonmoi`."""

import sys

from bot.cli import main

sys.exit(main())
