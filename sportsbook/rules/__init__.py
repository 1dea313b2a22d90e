"""The rules of betting: which odds are taken, which bets stand, and what they pay. No database, no clock."""
