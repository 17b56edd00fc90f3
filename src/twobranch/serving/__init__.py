"""REST and the page: an index for other programs and for people who look."""
