"""A Spark cluster as the place where populations are computed; for regions whose records one machine does not hold.

PySpark and Java are not needed by anything else: ``make setup-spark`` installs PySpark, the machine brings Java 17.
"""

import importlib.util
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kangyu.kernel.errors import UserError

LOCAL = "local-cluster[2,1,1024]"
"""Two workers with one core and 1024 MB each on this machine, as separate processes: what a cluster does, small."""

SETTINGS = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    # What cannot be computed is null in the language, not an error that ends the whole run.
    "spark.sql.ansi.enabled": "false",
    "spark.sql.shuffle.partitions": "8",
    "spark.sql.adaptive.enabled": "true",
    "spark.log.level": "ERROR",
}


def missing() -> str:
    """Why no Spark session can be opened here, in Chinese; empty when one can."""
    if importlib.util.find_spec("pyspark") is None:
        return "没有安装 PySpark，请先运行 make setup-spark。"
    if shutil.which("java") is None:
        return "没有找到 Java，请先安装 Java 17。"
    return ""


@contextmanager
def connect(master: str = LOCAL, **settings: str) -> Iterator[Any]:
    """An Ibis connection to a Spark cluster, closed at the end. Raises ``UserError`` where PySpark or Java is missing."""
    if why := missing():
        raise UserError(why)
    import ibis
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("kangyu").master(master)
    for key, value in {**SETTINGS, **settings}.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    try:
        yield ibis.pyspark.connect(session)
    finally:
        session.stop()
