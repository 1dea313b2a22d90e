-- Some bets as a month would leave them: open singles of one euro, taken and paid for. Written with triggers off;
-- every row is such that constraints and balances hold, save that they are older than the deposits that paid for them.
TRUNCATE bench_bet;
INSERT INTO bench_bet
SELECT s.n, s.at, bench_uuid7(s.at, s.n), bench_uuid7(s.at, s.n), p.player_id, p.account_id, p.available, p.entry_count,
       1 + (s.n - 1) / players.count, i.outcomes[1], i.markets[1], i.fixtures[1], i.odds[1]
FROM (SELECT count(*) AS count FROM bench_player) AS players, (SELECT count(*) AS count FROM bench_input) AS inputs,
     LATERAL (SELECT n, now() - interval '31 days' + n * (interval '30 days' / :total) AS at
              FROM generate_series(:first, :last) AS n) AS s
JOIN bench_player p ON p.n = (s.n - 1) % (SELECT count(*) FROM bench_player)
JOIN bench_input i ON i.n = 1 + s.n % (SELECT count(*) FROM bench_input);
INSERT INTO core_reference (tenant_id, kind, reference, fingerprint, status, subject_id, created_at)
SELECT :tenant, 'bet', 'G' || n, sha256(uuid_send(bet)), 201, bet, at FROM bench_bet;
INSERT INTO wallet_journalentry (id, tenant_id, player_id, kind, currency, amount, reference, subject_id, number,
                                 posted_at, available, in_play, debt, transaction)
SELECT entry, :tenant, player, 'bet_placed', 'EUR', 1, 'G' || n, bet, number + turn, at, available - turn, turn, 0,
       pg_current_xact_id()::text::bigint
FROM bench_bet ORDER BY n;
INSERT INTO wallet_transfer (tenant_id, entry_id, currency, debit_id, credit_id, amount)
SELECT :tenant, b.entry, 'EUR', b.account, a.id, 1
FROM bench_bet b
JOIN wallet_account a
    ON a.tenant_id = :tenant AND a.currency_id = 'EUR' AND a.kind = 'stakes_open' AND a.player_id IS NULL
ORDER BY n;
INSERT INTO sportsbook_bet (id, tenant_id, player_id, reference, type, status, currency, stake, odds, potential_payout,
                            revision, placed_at, odds_choice, odds_tolerance, channel, picks, entry_id, limit_day,
                            limit_stake)
SELECT bet, :tenant, player, 'G' || n, 'single', 'accepted', 'EUR', 1, odds, round(odds, 2), 0, at, 'none', 0, '',
       sha256(uuid_send(entry)), entry, at::date, 1
FROM bench_bet ORDER BY n;
INSERT INTO sportsbook_leg (tenant_id, bet_id, position, fixture_id, market_id, outcome_id, requested_odds, odds, status,
                            dead_heat)
SELECT :tenant, bet, 1, fixture, market, outcome, odds, odds, 'open', 1 FROM bench_bet ORDER BY n;
UPDATE wallet_balance w
SET available = w.available - b.count, in_play = w.in_play + b.count, entry_count = w.entry_count + b.count
FROM (SELECT player, count(*) AS count FROM bench_bet GROUP BY player) AS b
WHERE w.tenant_id = :tenant AND w.player_id = b.player;
