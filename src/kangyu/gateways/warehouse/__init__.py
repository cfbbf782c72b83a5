"""The warehouse: tables flattened from the record into Parquet, read by DuckDB. It can be dropped and rebuilt at any time."""
