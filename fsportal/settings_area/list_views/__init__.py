"""What a list offers above its rows: filters as a bar, a range of dates, columns, saved views, export."""
