"""Forms of the customers' pages, one module per noun."""
