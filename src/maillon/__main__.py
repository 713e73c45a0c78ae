"""`python -m maillon` is `maillon`."""

import sys

from maillon.cli.main import main

sys.exit(main())
