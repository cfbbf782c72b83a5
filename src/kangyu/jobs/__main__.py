"""`python -m kangyu.jobs`: the background process that `kangyu serve` starts."""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kangyu.project.settings")

if __name__ == "__main__":
    import django

    django.setup()
    from kangyu.jobs import worker

    worker.run(once="--once" in sys.argv)
