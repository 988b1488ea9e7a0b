"""The company's own words for messages: placeholders, and which version goes out."""
