"""`kangyu worker`: background work, until told to stop."""

import argparse
import os


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="做完手头的就结束")


def run(arguments: argparse.Namespace) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kangyu.project.settings")
    import django

    django.setup()
    from kangyu.jobs import worker

    worker.run(once=arguments.once)
    return 0
