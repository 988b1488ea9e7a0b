"""The demo company: invented people, phone numbers that belong to nobody, addresses at example.com."""
