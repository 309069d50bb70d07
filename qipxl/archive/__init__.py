"""Every accepted return, month by month, as Parquet files."""
