"""Inviting staff by email: the message with the link, and the page on which they choose their password."""
