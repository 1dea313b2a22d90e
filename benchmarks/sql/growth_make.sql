-- The players who are given a past, numbered from 0.
CREATE UNLOGGED TABLE bench_player AS
SELECT row_number() OVER (ORDER BY player_id) - 1 AS n, player_id, account_id, available, entry_count
FROM wallet_balance WHERE tenant_id = :tenant;
ALTER TABLE bench_player ADD PRIMARY KEY (n);
CREATE FUNCTION bench_uuid7(p_at timestamptz, p_n bigint) RETURNS uuid LANGUAGE sql VOLATILE AS $$
    SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) placing
        substring(int8send((extract(epoch FROM p_at) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
$$;
CREATE UNLOGGED TABLE bench_bet (
    n bigint, at timestamptz, bet uuid, entry uuid, player uuid, account uuid, available numeric, number bigint,
    turn bigint, outcome uuid, market uuid, fixture uuid, odds numeric);
