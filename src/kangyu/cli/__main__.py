"""`python -m kangyu.cli` is the same as `kangyu`."""

import sys

from kangyu.cli import main

sys.exit(main())
