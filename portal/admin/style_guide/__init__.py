"""The style guide: every component of the Settings area in every state, drawn by the templates that pages use."""
