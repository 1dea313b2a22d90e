-- What the placements of pgbench are about: random stakes of the tenant's players on random outcomes, as arrays of one,
-- the way the service's statements take them. The events' data are those of a real bet.
DROP TABLE IF EXISTS bench_input;
CREATE TABLE bench_input AS
SELECT drawn.n, :tenant::uuid AS tenant, ARRAY[drawn.player_id] AS players, ARRAY[o.id] AS outcomes,
       ARRAY[o.market_id] AS markets,
       ARRAY[m.fixture_id] AS fixtures, ARRAY[m.version] AS versions, ARRAY[o.odds] AS odds,
       ARRAY[drawn.stake] AS stakes, ARRAY[round(drawn.stake * o.odds, 2)] AS payouts,
       ARRAY[drawn.stake * partners_usd_rate('EUR', current_date)] AS limit_stakes,
       ARRAY[50000::numeric] AS limits, ARRAY[NULL::text] AS refusals, ARRAY['single'] AS types,
       ARRAY['none'] AS odds_choices, ARRAY[0::numeric] AS tolerances, ARRAY[''] AS channels, ARRAY[true] AS guards,
       ARRAY[1] AS leg_bets, ARRAY[1] AS positions, ARRAY[1, 1] AS event_bets,
       ARRAY['bet.placed', 'balance.updated'] AS event_types, ARRAY[placed.data, balance.data] AS event_data
FROM (
    SELECT array_agg(player_id) AS ids FROM wallet_balance WHERE tenant_id = :tenant AND available > 50000
) AS players, (
    SELECT array_agg(o.id) AS ids
    FROM sportsbook_outcome o
    JOIN sportsbook_market m ON m.id = o.market_id AND m.status = 'open' AND m.owner_tenant_id IS NULL
    JOIN sportsbook_fixture f ON f.id = m.fixture_id AND f.status = 'scheduled'
) AS outcomes, (
    SELECT data::text FROM core_event WHERE type = 'bet.placed' ORDER BY sequence DESC LIMIT 1
) AS placed, (
    SELECT (data - '{available,inPlay,debt}'::text[])::text AS data FROM core_event
    WHERE type = 'balance.updated' AND data ->> 'kind' = 'bet_placed' ORDER BY sequence DESC LIMIT 1
) AS balance, LATERAL (
    SELECT n, players.ids[1 + floor(random() * cardinality(players.ids))::int] AS player_id,
           outcomes.ids[1 + floor(random() * cardinality(outcomes.ids))::int] AS outcome_id,
           round((0.5 + random() * 4.5)::numeric, 2) AS stake
    FROM generate_series(1, :rows) AS n
) AS drawn
JOIN sportsbook_outcome o ON o.id = drawn.outcome_id
JOIN sportsbook_market m ON m.id = o.market_id;
ALTER TABLE bench_input ADD PRIMARY KEY (n);
GRANT SELECT ON bench_input TO b2b_api;
ANALYZE bench_input;
