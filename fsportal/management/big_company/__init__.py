"""A company of any size, for trying lists and pages: the same rows at each run, spread over two years."""
