"""``python -m stepsize`` is the command ``stepsize``."""

import sys

from stepsize.cli import main

if __name__ == "__main__":
    sys.exit(main())
