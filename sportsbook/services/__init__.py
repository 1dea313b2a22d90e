"""What changes fixtures, odds, results and bets: each service locks, asks the rules, writes."""
