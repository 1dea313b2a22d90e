-- Everything that deciding some bets needs, in one read: who asks, which limits bind, the players with their
-- wallets, the outcomes with their markets, what was answered before, and which bets would be duplicates.
--
-- p_picks[i] is the digest of outcomes and stake of the bet of p_players[i]. Decimals are strings.
-- The transaction shows p_tenant's rows from here on, and its alone.
CREATE OR REPLACE FUNCTION sportsbook_placement_facts(
    p_tenant uuid, p_at timestamptz, p_players uuid[], p_picks bytea[], p_references text[], p_outcomes uuid[]
) RETURNS json
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_house record;
    v_day date;
BEGIN
    PERFORM set_config('app.tenant_id', p_tenant::text, true);

    SELECT t.status AS tenant_status, p.status AS partner_status, p.id AS partner_id, p.time_zone, p.enabled_products,
           t.ramp_percent
    INTO STRICT v_house
    FROM partners_tenant t JOIN partners_partner p ON p.id = t.partner_id WHERE t.id = p_tenant;
    v_day := (p_at AT TIME ZONE v_house.time_zone)::date;

    RETURN json_build_object(
        'tenantStatus', v_house.tenant_status, 'partnerStatus', v_house.partner_status,
        'products', v_house.enabled_products, 'ramp', v_house.ramp_percent, 'day', v_day,
        'limits', (
            SELECT json_agg(json_build_array(l.kind, (l.partner_id IS NOT NULL)::int + 2 * (l.tenant_id IS NOT NULL)::int,
                                             l.vip, l.amount::text))
            FROM risk_limit l
            WHERE l.tenant_id = p_tenant OR l.partner_id = v_house.partner_id
                OR (l.tenant_id IS NULL AND l.partner_id IS NULL)),
        'players', (
            SELECT json_agg(json_build_array(
                p.id, p.status, p.currency_id, p.vip, b.available::text, b.in_play::text, b.debt::text,
                coalesce(d.stake, 0)::text, partners_usd_rate(p.currency_id, (p_at AT TIME ZONE 'UTC')::date)::text,
                k.scale))
            FROM wallet_player p
            JOIN wallet_balance b ON b.player_id = p.id
            JOIN core_currency k ON k.code = p.currency_id
            LEFT JOIN risk_dailystake d ON d.tenant_id = p_tenant AND d.player_id = p.id AND d.day = v_day
            WHERE p.tenant_id = p_tenant AND p.id = ANY (p_players)),
        'outcomes', (
            SELECT json_agg(json_build_array(
                o.id, m.id, f.id, m.status, m.version, f.status, f.starts_at, o.odds::text))
            FROM sportsbook_outcome o
            JOIN sportsbook_market m ON m.id = o.market_id
            JOIN sportsbook_fixture f ON f.id = m.fixture_id
            WHERE o.id = ANY (p_outcomes)),
        'answers', (
            SELECT json_agg(json_build_array(
                r.reference, encode(r.fingerprint, 'hex'), r.status, r.subject_id, r.refusal))
            FROM core_reference r
            WHERE r.tenant_id = p_tenant AND r.kind = 'bet' AND r.reference = ANY (p_references)),
        'duplicates', (
            SELECT json_agg(asked.n)
            FROM unnest(p_players, p_picks) WITH ORDINALITY AS asked(player, picks, n)
            WHERE EXISTS (
                SELECT FROM sportsbook_bet b
                WHERE b.tenant_id = p_tenant AND b.player_id = asked.player AND b.placed_at > p_at - interval '5 seconds'
                    AND b.picks = asked.picks)));
END $$;
