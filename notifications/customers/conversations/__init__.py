"""What staff write to customers in their own words: answers to texts, and free messages."""
