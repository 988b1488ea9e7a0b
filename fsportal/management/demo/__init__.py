"""The demo company: invented people, numbers that ring nowhere, addresses at example.com."""
