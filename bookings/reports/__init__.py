"""The numbers of the reports: what became of visits, counted by day, and read by week, technician or service."""
