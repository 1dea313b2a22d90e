"""The only writer of what is counted: see `counting`, and `recounting` for everything anew."""
