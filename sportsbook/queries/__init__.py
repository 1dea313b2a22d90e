"""What is read of fixtures and bets; nothing here writes."""
