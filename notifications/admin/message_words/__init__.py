"""Messages > Templates: the company's own words for each message, in versions, and how they look."""
