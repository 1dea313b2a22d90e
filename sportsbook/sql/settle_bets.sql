-- Write what became of some bets by one result of one fixture: leg statuses, revisions, money, events.
--
-- b_legs is what the decision saw, the legs' statuses in order joined by commas, with b_revision: a bet that has
-- changed since is left alone ('moved'). b_kind: 'legs' (the bet stays as it is, only legs change), 'settled',
-- 'resettled', 'reopened'. b_reversal is the id of the entry that turns round the settlement before, or null;
-- b_entry that of the new settlement, or null. b_released gives daily limit back, or takes it
-- again where it is negative (USD).
-- l_*: the legs that change; e_*: events; l_bet and e_bet are the bet's position (from 1).
--
-- Nothing is written, and every outcome is 'stale', if the fixture has a later result than p_result_number.
-- Lock order: the fixture (shared), balances in ascending order of player, bets.
CREATE OR REPLACE FUNCTION sportsbook_settle_bets(
    p_at timestamptz, p_fixture uuid, p_result_number int, p_actor text, p_reason text,
    b_id uuid[], b_revision int[], b_legs text[], b_kind text[], b_status text[], b_payout numeric[],
    b_stake_delta numeric[], b_payout_delta numeric[], b_line_fixture uuid[], b_reversal uuid[], b_entry uuid[],
    b_released numeric[],
    l_bet int[], l_position int[], l_status text[],
    e_bet int[], e_id uuid[], e_type text[], e_data jsonb[]
) RETURNS TABLE (bet_id uuid, outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    v_tenant uuid := current_setting('app.tenant_id')::uuid;
    v_ready boolean[];
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended(p_fixture::text, 7));
    IF (SELECT result_number FROM sportsbook_fixture WHERE id = p_fixture) IS DISTINCT FROM p_result_number THEN
        RETURN QUERY SELECT id, 'stale' FROM unnest(b_id) AS id;
        RETURN;
    END IF;
    PERFORM FROM wallet_balance w
    WHERE w.tenant_id = v_tenant
        AND w.player_id IN (SELECT player_id FROM sportsbook_bet WHERE tenant_id = v_tenant AND id = ANY (b_id))
    ORDER BY w.player_id FOR UPDATE;

    SELECT array_agg(coalesce(b.revision = asked.revision AND legs.statuses = asked.legs, false) ORDER BY asked.n)
    INTO v_ready
    FROM unnest(b_id, b_revision, b_legs) WITH ORDINALITY AS asked(id, revision, legs, n)
    LEFT JOIN sportsbook_bet b ON b.tenant_id = v_tenant AND b.id = asked.id
    LEFT JOIN LATERAL (
        SELECT string_agg(l.status, ',' ORDER BY l.position) AS statuses
        FROM sportsbook_leg l WHERE l.tenant_id = v_tenant AND l.bet_id = asked.id
    ) AS legs ON true;

    UPDATE sportsbook_leg l SET status = c.status
    FROM unnest(l_bet, l_position, l_status) AS c(bet, position, status)
    WHERE v_ready[c.bet] AND l.tenant_id = v_tenant AND l.bet_id = b_id[c.bet] AND l.position = c.position;

    INSERT INTO sportsbook_settlement (
        tenant_id, bet_id, revision, kind, status, fixture_id, currency, payout, stake_delta, payout_delta, entry_id,
        reason, actor, settled_at)
    SELECT v_tenant, b.id, b.revision + 1, b_kind[n], b_status[n], b_line_fixture[n], b.currency, b_payout[n],
           b_stake_delta[n], b_payout_delta[n], coalesce(b_entry[n], b_reversal[n]), p_reason, p_actor, p_at
    FROM generate_series(1, cardinality(b_id)) AS n
    JOIN sportsbook_bet b ON b.tenant_id = v_tenant AND b.id = b_id[n]
    WHERE v_ready[n] AND b_kind[n] <> 'legs';

    PERFORM risk_release(array_agg(b.player_id), array_agg(b.limit_day), array_agg(b_released[n]))
    FROM generate_series(1, cardinality(b_id)) AS n
    JOIN sportsbook_bet b ON b.tenant_id = v_tenant AND b.id = b_id[n]
    WHERE v_ready[n] AND b_released[n] <> 0
    HAVING count(*) > 0;

    -- one reversal and one settlement a bet at most, in this order; the events tell of the last of them
    PERFORM wallet_write(
        p_at, m.entry, m.player, m.kind, m.amount, m.reference, m.subject, m.reverses, m.may_owe,
        t.entry, t.debit, t.credit, t.amount, e.entry, e.id, e.type, e.data)
    FROM (
        SELECT coalesce(array_agg(place ORDER BY place), '{}') AS place,
               coalesce(array_agg(n ORDER BY place), '{}') AS n,
               coalesce(array_agg(entry ORDER BY place), '{}') AS entry,
               coalesce(array_agg(player ORDER BY place), '{}') AS player,
               coalesce(array_agg(kind ORDER BY place), '{}') AS kind,
               coalesce(array_agg(amount ORDER BY place), '{}') AS amount,
               coalesce(array_agg(reference ORDER BY place), '{}') AS reference,
               coalesce(array_agg(subject ORDER BY place), '{}') AS subject,
               coalesce(array_agg(reverses ORDER BY place), '{}') AS reverses,
               coalesce(array_agg(true ORDER BY place), '{}') AS may_owe
        FROM (
            SELECT row_number() OVER (ORDER BY n, step)::int AS place, *
            FROM (
                SELECT n, 1 AS step, b_reversal[n] AS entry, b.player_id AS player, 'bet_reversed' AS kind,
                       coalesce(b.payout, 0) AS amount, b.reference, b.id AS subject, b.settlement_entry_id AS reverses
                FROM generate_series(1, cardinality(b_id)) AS n
                JOIN sportsbook_bet b ON b.tenant_id = v_tenant AND b.id = b_id[n]
                WHERE v_ready[n] AND b_reversal[n] IS NOT NULL
                UNION ALL
                SELECT n, 2, b_entry[n], b.player_id, 'bet_settled', b_payout[n], b.reference, b.id, NULL
                FROM generate_series(1, cardinality(b_id)) AS n
                JOIN sportsbook_bet b ON b.tenant_id = v_tenant AND b.id = b_id[n]
                WHERE v_ready[n] AND b_entry[n] IS NOT NULL
            ) AS moves
        ) AS numbered
    ) AS m,
    LATERAL (
        SELECT coalesce(array_agg(x.place ORDER BY x.place, x.debit DESC), '{}') AS entry,
               coalesce(array_agg(x.debit ORDER BY x.place, x.debit DESC), '{}') AS debit,
               coalesce(array_agg(x.credit ORDER BY x.place, x.debit DESC), '{}') AS credit,
               coalesce(array_agg(x.amount ORDER BY x.place, x.debit DESC), '{}') AS amount
        FROM (
            SELECT p.place, 'stakes_open' AS debit,
                   CASE b_status[p.n] WHEN 'void' THEN 'available' ELSE 'revenue_stakes' END AS credit, b.stake AS amount
            FROM unnest(m.place, m.n, m.kind) AS p(place, n, kind)
            JOIN sportsbook_bet b ON b.tenant_id = v_tenant AND b.id = b_id[p.n]
            WHERE p.kind = 'bet_settled'
            UNION ALL
            SELECT p.place, 'revenue_payouts', 'available', b_payout[p.n]
            FROM unnest(m.place, m.n, m.kind) AS p(place, n, kind)
            WHERE p.kind = 'bet_settled' AND b_status[p.n] <> 'void' AND b_payout[p.n] > 0
        ) AS x
    ) AS t,
    LATERAL (
        SELECT coalesce(array_agg(last.place ORDER BY e.k), '{}') AS entry,
               coalesce(array_agg(e.id ORDER BY e.k), '{}') AS id,
               coalesce(array_agg(e.type ORDER BY e.k), '{}') AS type,
               coalesce(array_agg(e.data ORDER BY e.k), '{}') AS data
        FROM unnest(e_bet, e_id, e_type, e_data) WITH ORDINALITY AS e(bet, id, type, data, k)
        JOIN (SELECT p.n, max(p.place) AS place FROM unnest(m.place, m.n) AS p(place, n) GROUP BY p.n) AS last
            ON last.n = e.bet
        WHERE v_ready[e.bet]
    ) AS e
    WHERE cardinality(m.entry) > 0;

    UPDATE sportsbook_bet b
    SET status = b_status[n], payout = b_payout[n], revision = b.revision + 1,
        settled_at = CASE WHEN b_payout[n] IS NOT NULL THEN p_at END,
        settlement_entry_id = b_entry[n]
    FROM generate_series(1, cardinality(b_id)) AS n
    WHERE b.tenant_id = v_tenant AND b.id = b_id[n] AND v_ready[n] AND b_kind[n] <> 'legs';

    RETURN QUERY SELECT b_id[n], CASE WHEN v_ready[n] THEN b_kind[n] ELSE 'moved' END
                 FROM generate_series(1, cardinality(b_id)) AS n ORDER BY n;
END $$;
