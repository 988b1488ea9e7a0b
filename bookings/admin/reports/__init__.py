"""The page *Reports*: what is asked for, its chart and table, and the same table as a file."""
