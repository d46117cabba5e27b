"""`python -m bench`: every benchmark."""

import sys

from bench.tabulation import main

sys.exit(main())
