-- Bets of two months with their fixtures, references, legs, entries, transfers, settlements and events; a fifth belong to the
-- first partner. The newest day is still open. Written with triggers off, after `office_partners`.
INSERT INTO sportsbook_sport (id, name) VALUES ('football', 'Football') ON CONFLICT DO NOTHING;
INSERT INTO sportsbook_competition (id, name, sport_id) SELECT 'BENCH' || n, 'Competition ' || n, 'football' FROM generate_series(1, 20) AS n;
CREATE UNLOGGED TABLE bench_fixture AS
SELECT n, bench_uuid7(now() - interval '70 days' + n * (interval '74 days' / :fixtures)) AS id,
       now() - interval '60 days' + n * (interval '74 days' / :fixtures) AS starts_at
FROM generate_series(1, :fixtures) AS n;
INSERT INTO sportsbook_fixture (id, season, edition, home, away, starts_at, status, home_score, away_score, result_number,
                                settled_number, competition_id)
SELECT id, '2026', 1, 'Home ' || n, 'Away ' || n, starts_at, CASE WHEN ended THEN 'finished' ELSE 'scheduled' END,
       CASE WHEN ended THEN 2 END, CASE WHEN ended THEN 1 END, ended::int, ended::int, 'BENCH' || 1 + n % 20
FROM bench_fixture, LATERAL (SELECT starts_at < now() - interval '1 day' AS ended) AS e;
INSERT INTO sportsbook_result (id, number, home, away, rehearsal, reason, entered_by, entered_at, fixture_id)
SELECT bench_uuid7(starts_at + interval '2 hours'), 1, 2, 1, false, '', 'feed', starts_at + interval '2 hours', id FROM bench_fixture
WHERE starts_at < now() - interval '1 day';
CREATE UNLOGGED TABLE bench_market AS
SELECT f.n, bench_uuid7(f.starts_at - interval '10 days') AS id, f.id AS fixture, t.type, t.line, f.starts_at
FROM bench_fixture f, (VALUES ('match_result', NULL), ('total_goals', 2.5), ('asian_handicap', -0.5)) AS t (type, line);
INSERT INTO sportsbook_market (id, type, line, status, version, fixture_id)
SELECT id, type, line, CASE WHEN starts_at < now() - interval '1 day' THEN 'settled' ELSE 'open' END, 1, fixture FROM bench_market;
INSERT INTO sportsbook_outcome (id, name, position, odds, market_id)
SELECT bench_uuid7(m.starts_at - interval '10 days'), o.name, o.position, 1.5 + o.position * 0.4, m.id
FROM bench_market m, (VALUES ('Home', 1), ('Away', 2)) AS o (name, position);
CREATE UNLOGGED TABLE bench_outcome AS
SELECT DISTINCT ON (m.fixture) m.n, o.id, o.market_id AS market, m.fixture
FROM bench_market m JOIN sportsbook_outcome o ON o.market_id = m.id WHERE m.type = 'match_result' ORDER BY m.fixture, o.position;
ALTER TABLE bench_outcome ADD PRIMARY KEY (n);
ALTER TABLE bench_player ADD PRIMARY KEY (n);
CREATE UNLOGGED TABLE bench_bet AS
SELECT s.n, s.at, s.at + interval '3 hours' AS settled_at, bench_uuid7(s.at) AS id, bench_uuid7(s.at) AS entry,
       bench_uuid7(s.at + interval '3 hours') AS settlement, p.id AS player, p.account, p.tenant,
       CASE WHEN s.at > now() - interval '1 day' THEN 'accepted' WHEN s.n % 1000 = 0 THEN 'cancelled' WHEN s.n % 200 = 0 THEN 'void'
            WHEN s.n % 9 < 4 THEN 'won' ELSE 'lost' END AS status,
       o.id AS outcome, o.market, o.fixture, a.id AS open, r.id AS revenue
FROM (SELECT n, now() - interval '60 days' + n * (interval '60 days' / :bets) AS at,
             1 + floor(random() * :players)::int AS player,
             greatest(1, least(:fixtures, (n * :fixtures * 60 / 74 / :bets)::int + floor(random() * 100)::int)) AS fixture
      FROM generate_series(1::bigint, :bets) AS n) AS s
JOIN bench_player p ON p.n = s.player JOIN bench_outcome o ON o.n = s.fixture
JOIN wallet_account a ON a.tenant_id = p.tenant AND a.kind = 'stakes_open' AND a.player_id IS NULL AND a.currency_id = 'EUR'
JOIN wallet_account r ON r.tenant_id = p.tenant AND r.kind = 'revenue_stakes' AND r.player_id IS NULL AND r.currency_id = 'EUR';
INSERT INTO core_reference (tenant_id, kind, reference, fingerprint, status, subject_id, created_at)
SELECT tenant, 'bet', 'B' || n, sha256(uuid_send(id)), 201, id, at FROM bench_bet ORDER BY tenant, n;
INSERT INTO wallet_journalentry (id, tenant_id, player_id, kind, currency, amount, reference, subject_id, number, posted_at,
                                 available, in_play, debt, transaction)
SELECT entry, tenant, player, 'bet_placed', 'EUR', 10, 'B' || n, id, n, at, 100, 10, 0,
       pg_current_xact_id()::text::bigint
FROM bench_bet ORDER BY n;
INSERT INTO wallet_journalentry (id, tenant_id, player_id, kind, currency, amount, reference, subject_id, number, posted_at,
                                 available, in_play, debt, transaction)
SELECT settlement, tenant, player, 'bet_settled', 'EUR', CASE status WHEN 'won' THEN 19 WHEN 'lost' THEN 0 ELSE 10 END, 'B' || n, id,
       n + 1, settled_at, 110, 0, 0, pg_current_xact_id()::text::bigint
FROM bench_bet WHERE status <> 'accepted' ORDER BY n;
INSERT INTO wallet_transfer (tenant_id, entry_id, currency, debit_id, credit_id, amount)
SELECT tenant, entry, 'EUR', account, open, 10 FROM bench_bet ORDER BY n;
INSERT INTO wallet_transfer (tenant_id, entry_id, currency, debit_id, credit_id, amount)
SELECT tenant, settlement, 'EUR', open, revenue, 10 FROM bench_bet WHERE status <> 'accepted' ORDER BY n;
INSERT INTO sportsbook_bet (id, tenant_id, player_id, reference, type, status, currency, stake, odds, potential_payout, payout,
                            revision, placed_at, settled_at, odds_choice, odds_tolerance, channel, picks, entry_id,
                            settlement_entry_id, limit_day, limit_stake)
SELECT id, tenant, player, 'B' || n, 'single', status, 'EUR', 10, 1.9, 19,
       CASE status WHEN 'won' THEN 19 WHEN 'lost' THEN 0 WHEN 'accepted' THEN NULL ELSE 10 END, (status <> 'accepted')::int, at,
       CASE WHEN status <> 'accepted' THEN settled_at END, 'none', 0, '', sha256(uuid_send(entry)), entry,
       CASE WHEN status <> 'accepted' THEN settlement END, at::date, 11
FROM bench_bet ORDER BY n;
INSERT INTO sportsbook_leg (tenant_id, bet_id, position, fixture_id, market_id, outcome_id, requested_odds, odds, status, dead_heat)
SELECT tenant, id, 1, fixture, market, outcome, 1.9, 1.9,
       CASE status WHEN 'accepted' THEN 'open' WHEN 'cancelled' THEN 'void' ELSE status END, 1 FROM bench_bet ORDER BY n;
INSERT INTO sportsbook_settlement (tenant_id, bet_id, revision, kind, status, fixture_id, currency, payout, stake_delta,
                                   payout_delta, entry_id, reason, actor, settled_at)
SELECT tenant, id, 1, 'settled', status, fixture, 'EUR', CASE status WHEN 'won' THEN 19 WHEN 'lost' THEN 0 ELSE 10 END, 10,
       CASE status WHEN 'won' THEN 19 WHEN 'lost' THEN 0 ELSE 10 END, settlement, '', 'feed', settled_at
FROM bench_bet WHERE status <> 'accepted' ORDER BY n;
INSERT INTO core_event (tenant_id, sequence, event_id, type, occurred_at, data)
SELECT tenant, row_number() OVER (PARTITION BY tenant ORDER BY n), bench_uuid7(at), 'bet.placed', at,
       jsonb_build_object('betId', id, 'stake', '10.00', 'currency', 'EUR', 'status', 'accepted') FROM bench_bet;
INSERT INTO wallet_balance (player_id, currency, available, in_play, debt, entry_count, posted_at, account_id, tenant_id)
SELECT p.id, 'EUR', 100, coalesce(b.open, 0) * 10, 0, coalesce(b.count, 0), coalesce(b.at, p.at), p.account, p.tenant
FROM bench_player p LEFT JOIN (
    SELECT player, count(*) AS count, count(*) FILTER (WHERE status = 'accepted') AS open, max(at) AS at FROM bench_bet GROUP BY player
) AS b ON b.player = p.id;
