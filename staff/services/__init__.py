"""What changes staff: authenticators, links, roles, resets, deputies, sessions."""
