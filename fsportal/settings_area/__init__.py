"""What the Settings area is made of: its parts and deeds, and the pages of the ground floor."""
