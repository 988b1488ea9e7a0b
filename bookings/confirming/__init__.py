"""Whether visits suit their customers: answers by text message, and those that do not come."""
