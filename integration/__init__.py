"""What passes between partners' systems and ours: the log of every request."""
