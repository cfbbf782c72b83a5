"""Flattening the record and recomputing every indicator."""

import time

from bench import machine


def measure() -> None:
    """A full recompute: the export of all tables, the evaluation of all indicators in all periods, and the whole."""
    from django.db import connection

    from kangyu.flows import measure as measuring

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM resource")
        resources = cursor.fetchone()[0]
    start, own = time.monotonic(), time.process_time()
    run = measuring.recompute_before_all_else()
    whole, used = time.monotonic() - start, machine.processor(own)
    machine.rate("views: flatten to Parquet", resources, float(run.seconds["export"]))
    print(f"{'full recompute, all indicators and periods':<44} {whole:>8.1f} s   {used}   {run.seconds}", flush=True)
