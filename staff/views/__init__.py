"""Pages on which staff prove who they are, and those about themselves."""
