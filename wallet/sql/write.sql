-- Write journal entries and their transfers, move the players' balances, announce the events. All or nothing.
--
-- One element of p_entry, p_player, p_kind, p_amount, p_reference, p_subject, p_reverses, p_may_owe for each entry.
-- p_reverses names an entry whose transfers are turned round, or is null. p_may_owe says what happens when the
-- wallet cannot pay: true, the rest becomes debt (a clawback); false, the whole call fails.
-- Transfers: t_entry is the entry's position (from 1), t_debit and t_credit are kinds of account, 'available' being
-- the player's own. Events: e_entry is the position of the entry they tell of, or null; 'balance.updated' gets the
-- wallet right after its entry.
--
-- Lock order: balances in ascending order of player. A credit repays debt first.
CREATE OR REPLACE FUNCTION wallet_write(
    p_at timestamptz,
    p_entry uuid[], p_player uuid[], p_kind text[], p_amount numeric[], p_reference text[], p_subject uuid[],
    p_reverses uuid[], p_may_owe boolean[],
    t_entry int[], t_debit text[], t_credit text[], t_amount numeric[],
    e_entry int[], e_id uuid[], e_type text[], e_data jsonb[]
) RETURNS TABLE (entry_id uuid, available numeric, in_play numeric, debt numeric, posted_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    v_tenant uuid := current_setting('app.tenant_id')::uuid;
    v_transaction bigint := pg_current_xact_id()::text::bigint;
    r record;
    v_player uuid;
    v_available numeric; v_in_play numeric; v_debt numeric; v_number bigint; v_posted_at timestamptz;
    v_owed numeric; v_repaid numeric;
    o_n int[]; o_currency text[]; o_account uuid[]; o_scale int[];
    o_available numeric[]; o_in_play numeric[]; o_debt numeric[]; o_number bigint[]; o_posted_at timestamptz[];
    o_last boolean[];
    d_entry int[] := '{}'; d_owed numeric[] := '{}'; d_repaid numeric[] := '{}';
    v_place int[] := array_fill(NULL::int, ARRAY[cardinality(p_entry)]);
    v_count int := 0;
BEGIN
    FOR r IN
        WITH moved AS (
            SELECT t.n, t.debit, t.credit, t.amount
            FROM unnest(t_entry, t_debit, t_credit, t_amount) AS t(n, debit, credit, amount)
            UNION ALL
            SELECT e.n, c.kind, d.kind, w.amount
            FROM unnest(p_reverses) WITH ORDINALITY AS e(reversed, n)
            JOIN wallet_transfer w ON w.tenant_id = v_tenant AND w.entry_id = e.reversed
            JOIN wallet_account d ON d.id = w.debit_id
            JOIN wallet_account c ON c.id = w.credit_id
            WHERE e.reversed IS NOT NULL AND d.kind <> 'player_debt' AND c.kind <> 'player_debt'
        ), delta AS (
            SELECT n,
                   coalesce(sum(amount) FILTER (WHERE credit = 'available'), 0)
                       - coalesce(sum(amount) FILTER (WHERE debit = 'available'), 0) AS available,
                   coalesce(sum(amount) FILTER (WHERE credit = 'stakes_open'), 0)
                       - coalesce(sum(amount) FILTER (WHERE debit = 'stakes_open'), 0) AS in_play
            FROM moved GROUP BY n
        )
        SELECT e.n::int AS n, e.player, e.may_owe, coalesce(delta.available, 0) AS d_available,
               coalesce(delta.in_play, 0) AS d_in_play,
               b.available, b.in_play, b.debt, b.entry_count, b.posted_at, b.currency, b.account_id, k.scale
        FROM unnest(p_player, p_may_owe) WITH ORDINALITY AS e(player, may_owe, n)
        LEFT JOIN delta ON delta.n = e.n
        JOIN wallet_balance b ON b.tenant_id = v_tenant AND b.player_id = e.player
        JOIN core_currency k ON k.code = b.currency
        ORDER BY e.player, e.n
        FOR UPDATE OF b
    LOOP
        IF v_player IS DISTINCT FROM r.player THEN
            v_player := r.player; v_available := r.available; v_in_play := r.in_play; v_debt := r.debt;
            v_number := r.entry_count; v_posted_at := r.posted_at;
        ELSE
            o_last[v_count] := false;
        END IF;
        v_available := v_available + r.d_available;
        v_in_play := v_in_play + r.d_in_play;
        v_number := v_number + 1;
        v_posted_at := greatest(p_at, v_posted_at + interval '1 microsecond');
        IF v_available < 0 AND r.may_owe THEN
            v_owed := -v_available;
            v_available := 0; v_debt := v_debt + v_owed;
            d_entry := d_entry || r.n; d_owed := d_owed || v_owed; d_repaid := d_repaid || 0::numeric;
        ELSIF v_debt > 0 AND r.d_available > 0 THEN
            v_repaid := least(v_debt, r.d_available);
            v_available := v_available - v_repaid; v_debt := v_debt - v_repaid;
            d_entry := d_entry || r.n; d_owed := d_owed || 0::numeric; d_repaid := d_repaid || v_repaid;
        END IF;
        v_count := v_count + 1;
        v_place[r.n] := v_count;
        o_n[v_count] := r.n; o_currency[v_count] := r.currency; o_account[v_count] := r.account_id;
        o_scale[v_count] := r.scale; o_available[v_count] := v_available; o_in_play[v_count] := v_in_play;
        o_debt[v_count] := v_debt; o_number[v_count] := v_number; o_posted_at[v_count] := v_posted_at;
        o_last[v_count] := true;
    END LOOP;

    IF v_count <> cardinality(p_entry) THEN
        RAISE EXCEPTION 'an entry names no player of this tenant' USING ERRCODE = 'foreign_key_violation';
    END IF;

    WITH entry AS (
        INSERT INTO wallet_journalentry (id, tenant_id, player_id, kind, currency, amount, reference, subject_id,
                                         number, posted_at, available, in_play, debt, transaction)
        SELECT p_entry[o.n], v_tenant, p_player[o.n], p_kind[o.n], o.currency, p_amount[o.n], p_reference[o.n],
               p_subject[o.n], o.number, o.posted_at, o.available, o.in_play, o.debt, v_transaction
        FROM unnest(o_n, o_currency, o_number, o_posted_at, o_available, o_in_play, o_debt)
            AS o(n, currency, number, posted_at, available, in_play, debt)
    ), transfer AS (
        -- debt is advanced before the clawback takes it, and repaid after the credit
        INSERT INTO wallet_transfer (tenant_id, entry_id, currency, debit_id, credit_id, amount, reverses_id)
        SELECT v_tenant, p_entry[t.n], o_currency[v_place[t.n]],
               CASE t.debit WHEN 'available' THEN o_account[v_place[t.n]] ELSE d.id END,
               CASE t.credit WHEN 'available' THEN o_account[v_place[t.n]] ELSE c.id END,
               t.amount, t.reverses
        FROM (
            SELECT x.n, 0 AS step, 'player_debt' AS debit, 'available' AS credit, x.owed AS amount,
                   NULL::bigint AS reverses
            FROM unnest(d_entry, d_owed) AS x(n, owed) WHERE x.owed > 0
            UNION ALL
            SELECT x.n, 1, x.debit, x.credit, x.amount, NULL
            FROM unnest(t_entry, t_debit, t_credit, t_amount) AS x(n, debit, credit, amount)
            UNION ALL
            SELECT e.n::int, 1, c.kind, d.kind, w.amount, w.id
            FROM unnest(p_reverses) WITH ORDINALITY AS e(reversed, n)
            JOIN wallet_transfer w ON w.tenant_id = v_tenant AND w.entry_id = e.reversed
            JOIN wallet_account d ON d.id = w.debit_id
            JOIN wallet_account c ON c.id = w.credit_id
            WHERE e.reversed IS NOT NULL AND d.kind <> 'player_debt' AND c.kind <> 'player_debt'
            UNION ALL
            SELECT x.n, 2, 'available', 'player_debt', x.repaid, NULL
            FROM unnest(d_entry, d_repaid) AS x(n, repaid) WHERE x.repaid > 0
        ) AS t
        LEFT JOIN wallet_account d ON t.debit <> 'available' AND d.tenant_id = v_tenant
            AND d.currency_id = o_currency[v_place[t.n]] AND d.kind = t.debit AND d.player_id IS NULL
        LEFT JOIN wallet_account c ON t.credit <> 'available' AND c.tenant_id = v_tenant
            AND c.currency_id = o_currency[v_place[t.n]] AND c.kind = t.credit AND c.player_id IS NULL
        ORDER BY t.n, t.step
    ), announced AS (
        INSERT INTO core_outbox (tenant_id, event_id, type, occurred_at, data)
        SELECT v_tenant, e.id, e.type, p_at,
               CASE e.type WHEN 'balance.updated' THEN e.data || jsonb_build_object(
                   'available', round(o_available[v_place[e.n]], o_scale[v_place[e.n]])::text,
                   'inPlay', round(o_in_play[v_place[e.n]], o_scale[v_place[e.n]])::text,
                   'debt', round(o_debt[v_place[e.n]], o_scale[v_place[e.n]])::text) ELSE e.data END
        FROM unnest(e_entry, e_id, e_type, e_data) WITH ORDINALITY AS e(n, id, type, data, place)
        ORDER BY e.place
    )
    UPDATE wallet_balance b
    SET available = o.available, in_play = o.in_play, debt = o.debt, entry_count = o.number, posted_at = o.posted_at
    FROM unnest(o_n, o_number, o_posted_at, o_available, o_in_play, o_debt, o_last)
        AS o(n, number, posted_at, available, in_play, debt, is_last)
    WHERE o.is_last AND b.tenant_id = v_tenant AND b.player_id = p_player[o.n];

    FOR n IN 1 .. v_count LOOP
        entry_id := p_entry[n]; available := o_available[v_place[n]]; in_play := o_in_play[v_place[n]];
        debt := o_debt[v_place[n]]; posted_at := o_posted_at[v_place[n]];
        RETURN NEXT;
    END LOOP;
END $$;
