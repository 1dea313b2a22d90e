-- Count stakes (in USD) against their players' daily limit.
-- The caller holds the players' balances locked, and has checked the limit under that lock.
CREATE OR REPLACE FUNCTION risk_claim(p_player uuid[], p_day date[], p_stake numeric[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    INSERT INTO risk_dailystake AS d (tenant_id, player_id, day, stake)
    SELECT current_setting('app.tenant_id')::uuid, c.player, c.day, sum(c.stake)
    FROM unnest(p_player, p_day, p_stake) AS c(player, day, stake)
    GROUP BY c.player, c.day
    ORDER BY c.player, c.day
    ON CONFLICT (tenant_id, player_id, day) DO UPDATE SET stake = d.stake + excluded.stake;
END $$;

-- Give counted stakes back (a void), or count them again with a negative amount (its undoing).
CREATE OR REPLACE FUNCTION risk_release(p_player uuid[], p_day date[], p_stake numeric[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    UPDATE risk_dailystake d SET stake = d.stake - c.stake
    FROM (
        SELECT player, day, sum(stake) AS stake FROM unnest(p_player, p_day, p_stake) AS u(player, day, stake)
        GROUP BY player, day
    ) AS c
    WHERE d.tenant_id = current_setting('app.tenant_id')::uuid AND d.player_id = c.player AND d.day = c.day;
END $$;
