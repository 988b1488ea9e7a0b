"""Customer Portal > Settings in pages by subject: what each changes, what it would do to messages, and its history."""
