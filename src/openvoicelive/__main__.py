"""`python -m openvoicelive`."""

import sys

from openvoicelive.cli import main

if __name__ == "__main__":
    sys.exit(main())
