"""`python -m kangyu.jobs`: the background process that `kangyu serve` starts.

With a name it does one kind of long work and ends, together with the process whose pid stands after the name.
"""

import os
import sys

from kangyu.kernel.child_process import stay_with

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kangyu.project.settings")


def main(words: list[str]) -> None:
    if len(words) == 2:
        stay_with(int(words[1]))
    import django

    django.setup()
    from kangyu.jobs import apart, worker

    if words:
        apart.yield_the_processor(words[0])
        worker.WORK[words[0]]()
    else:
        worker.run()


if __name__ == "__main__":
    main(sys.argv[1:])
