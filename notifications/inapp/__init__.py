"""In-app notifications for staff: sending, content, actions, privileges, and the screens that show them."""
