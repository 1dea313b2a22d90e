-- Open decided bets and store refused ones: one write, each bet on its own, every check repeated that may have
-- moved since the decision.
--
-- b_*: one element a bet. b_refusal is the refusal to store, or null for a bet to open. b_limit is the player's
-- daily limit, b_limit_stake what the bet counts towards it (USD). b_guard says whether the duplicate guard is on.
-- l_*: one element a leg; l_bet is its bet's position (from 1). e_*: events of opened and refused bets, likewise.
--
-- `outcome` of each bet, in order: 'placed'; 'refused' (stored); 'busy' (its reference is being answered by another
-- transaction); 'answered' (before: fingerprint, status, subject_id, refusal); 'moved' (something changed since the
-- decision: nothing was written for it, decide again).
--
-- The transaction shows p_tenant's rows from here on, and its alone.
-- Lock order: references (tried, never waited for), fixtures (shared, against a change of odds or status), balances.
CREATE OR REPLACE FUNCTION sportsbook_place_bets(
    p_tenant uuid, p_at timestamptz, p_day date,
    b_id uuid[], b_reference text[], b_fingerprint bytea[], b_refusal jsonb[], b_player uuid[], b_entry uuid[],
    b_type text[], b_stake numeric[], b_odds numeric[], b_potential_payout numeric[], b_odds_choice text[],
    b_odds_tolerance numeric[], b_channel text[], b_picks bytea[], b_guard boolean[],
    b_limit_stake numeric[], b_limit numeric[],
    l_bet int[], l_position int[], l_fixture uuid[], l_market uuid[], l_version int[], l_outcome uuid[],
    l_requested numeric[], l_odds numeric[],
    e_bet int[], e_id uuid[], e_type text[], e_data jsonb[]
) RETURNS TABLE (outcome text, fingerprint bytea, status smallint, subject_id uuid, refusal jsonb,
                 available numeric, in_play numeric, debt numeric)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    v_count int := cardinality(b_id);
    v_outcome text[] := array_fill(NULL::text, ARRAY[v_count]);
    v_rank int[] := array_fill(NULL::int, ARRAY[v_count]);
    v_currency text[] := array_fill(NULL::text, ARRAY[v_count]);
    v_placed int[] := '{}';
    v_player uuid; v_available numeric; v_today numeric;
    r record;
    a_fingerprint bytea[]; a_status smallint[]; a_subject uuid[]; a_refusal jsonb[];
    w_available numeric[]; w_in_play numeric[]; w_debt numeric[];
BEGIN
    PERFORM set_config('app.tenant_id', p_tenant::text, true);

    FOR r IN SELECT * FROM core_take_references('bet', b_reference) LOOP
        IF r.state <> 'new' THEN
            v_outcome[r.ordinal] := r.state;
            a_fingerprint[r.ordinal] := r.fingerprint; a_status[r.ordinal] := r.status;
            a_subject[r.ordinal] := r.subject_id; a_refusal[r.ordinal] := r.refusal;
        ELSIF b_refusal[r.ordinal] IS NOT NULL THEN
            v_outcome[r.ordinal] := 'refused';
        END IF;
    END LOOP;

    PERFORM pg_advisory_xact_lock_shared(hashtextextended(f.id::text, 7))
    FROM (SELECT DISTINCT unnest(l_fixture) AS id ORDER BY 1) AS f;
    PERFORM FROM wallet_balance b
    WHERE b.tenant_id = p_tenant AND b.player_id = ANY (b_player) ORDER BY b.player_id FOR UPDATE;

    FOR r IN
        SELECT asked.n::int AS n, asked.player, asked.stake, asked.limit_stake, asked.daily_limit,
               w.available, w.currency, coalesce(d.stake, 0) AS today,
               p.status = 'active' AS is_active,
               EXISTS (SELECT FROM unnest(l_bet, l_market, l_version) AS l(bet, market, version)
                       JOIN sportsbook_market m ON m.id = l.market
                       WHERE l.bet = asked.n AND (m.version <> l.version OR m.status <> 'open')) AS is_moved,
               asked.guard AND EXISTS (
                   SELECT FROM sportsbook_bet b
                   WHERE b.tenant_id = p_tenant AND b.player_id = asked.player
                       AND b.placed_at > p_at - interval '5 seconds' AND b.picks = asked.picks) AS is_seen
        FROM unnest(b_player, b_stake, b_limit_stake, b_limit, b_picks, b_guard) WITH ORDINALITY
            AS asked(player, stake, limit_stake, daily_limit, picks, guard, n)
        JOIN wallet_player p ON p.tenant_id = p_tenant AND p.id = asked.player
        JOIN wallet_balance w ON w.tenant_id = p_tenant AND w.player_id = asked.player
        LEFT JOIN risk_dailystake d ON d.tenant_id = p_tenant AND d.player_id = asked.player AND d.day = p_day
        WHERE v_outcome[asked.n] IS NULL
        ORDER BY asked.player, asked.n
    LOOP
        IF v_player IS DISTINCT FROM r.player THEN
            v_player := r.player; v_available := r.available; v_today := r.today;
        END IF;
        IF r.is_active AND NOT r.is_moved AND NOT r.is_seen AND r.stake <= v_available
            AND v_today + r.limit_stake <= r.daily_limit
        THEN
            v_outcome[r.n] := 'placed';
            v_currency[r.n] := r.currency;
            v_available := v_available - r.stake;
            v_today := v_today + r.limit_stake;
        END IF;
    END LOOP;
    FOR n IN 1 .. v_count LOOP
        IF v_outcome[n] = 'placed' THEN
            v_placed := v_placed || n; v_rank[n] := cardinality(v_placed);
        ELSIF v_outcome[n] IS NULL THEN
            v_outcome[n] := 'moved';
        END IF;
    END LOOP;

    INSERT INTO core_reference (tenant_id, kind, reference, fingerprint, status, subject_id, refusal, created_at)
    SELECT p_tenant, 'bet', b_reference[n], b_fingerprint[n], CASE v_outcome[n] WHEN 'placed' THEN 201 ELSE 422 END,
           CASE v_outcome[n] WHEN 'placed' THEN b_id[n] END,
           CASE v_outcome[n] WHEN 'refused' THEN b_refusal[n] END, p_at
    FROM generate_series(1, v_count) AS n
    WHERE v_outcome[n] IN ('placed', 'refused');

    IF 'refused' = ANY (v_outcome) THEN
        INSERT INTO core_outbox (tenant_id, event_id, type, occurred_at, data)
        SELECT p_tenant, e.id, e.type, p_at, e.data
        FROM unnest(e_bet, e_id, e_type, e_data) WITH ORDINALITY AS e(bet, id, type, data, n)
        WHERE v_outcome[e.bet] = 'refused' ORDER BY e.n;
    END IF;

    IF cardinality(v_placed) > 0 THEN
        INSERT INTO sportsbook_bet (
            id, tenant_id, player_id, reference, type, status, currency, stake, odds, potential_payout, revision,
            placed_at, odds_choice, odds_tolerance, channel, picks, entry_id, limit_day, limit_stake)
        SELECT b_id[n], p_tenant, b_player[n], b_reference[n], b_type[n], 'accepted', v_currency[n], b_stake[n],
               b_odds[n], b_potential_payout[n], 0, p_at, b_odds_choice[n], b_odds_tolerance[n], b_channel[n],
               b_picks[n], b_entry[n], p_day, b_limit_stake[n]
        FROM unnest(v_placed) AS n;

        INSERT INTO sportsbook_leg (
            tenant_id, bet_id, position, fixture_id, market_id, outcome_id, requested_odds, odds, status, dead_heat)
        SELECT p_tenant, b_id[l.bet], l.position, l.fixture, l.market, l.outcome, l.requested, l.odds, 'open', 1
        FROM unnest(l_bet, l_position, l_fixture, l_market, l_outcome, l_requested, l_odds)
            AS l(bet, position, fixture, market, outcome, requested, odds)
        WHERE v_rank[l.bet] IS NOT NULL;

        PERFORM risk_claim(b.player, b.day, b.stake)
        FROM (SELECT array_agg(b_player[n]) AS player, array_agg(p_day) AS day, array_agg(b_limit_stake[n]) AS stake
              FROM unnest(v_placed) AS n) AS b;

        SELECT array_agg(w.available), array_agg(w.in_play), array_agg(w.debt)
        INTO w_available, w_in_play, w_debt
        FROM (
            SELECT array_agg(b_entry[n] ORDER BY k) AS entry, array_agg(b_player[n] ORDER BY k) AS player,
                   array_agg('bet_placed'::text) AS kind, array_agg(b_stake[n] ORDER BY k) AS stake,
                   array_agg(b_reference[n] ORDER BY k) AS reference, array_agg(b_id[n] ORDER BY k) AS subject,
                   array_agg(NULL::uuid) AS reverses, array_agg(false) AS may_owe, array_agg(k::int ORDER BY k) AS rank,
                   array_agg('available'::text) AS debit, array_agg('stakes_open'::text) AS credit
            FROM unnest(v_placed) WITH ORDINALITY AS placed(n, k)
        ) AS b,
        (
            SELECT coalesce(array_agg(v_rank[e.bet] ORDER BY e.n), '{}') AS entry,
                   coalesce(array_agg(e.id ORDER BY e.n), '{}') AS id,
                   coalesce(array_agg(e.type ORDER BY e.n), '{}') AS type,
                   coalesce(array_agg(e.data ORDER BY e.n), '{}') AS data
            FROM unnest(e_bet, e_id, e_type, e_data) WITH ORDINALITY AS e(bet, id, type, data, n)
            WHERE v_rank[e.bet] IS NOT NULL
        ) AS e,
        wallet_write(p_at, b.entry, b.player, b.kind, b.stake, b.reference, b.subject, b.reverses, b.may_owe,
                     b.rank, b.debit, b.credit, b.stake, e.entry, e.id, e.type, e.data) AS w;
    END IF;

    RETURN QUERY
    SELECT v_outcome[n], a_fingerprint[n], a_status[n], a_subject[n], a_refusal[n],
           w_available[v_rank[n]], w_in_play[v_rank[n]], w_debt[v_rank[n]]
    FROM generate_series(1, v_count) AS n ORDER BY n;
END $$;
