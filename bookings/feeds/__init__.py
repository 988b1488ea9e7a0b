"""Calendar feeds: the visits of a technician or a team, for the calendar of a phone (docs/feeds.md)."""
