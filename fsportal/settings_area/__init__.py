"""What the Settings area is made of: its parts and actions, and the pages of the ground floor."""
