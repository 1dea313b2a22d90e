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
--
-- What a call costs beside its rows is starting its statements, by their number of joins: so there are few, and none
-- joins what an index into an array can say.
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
    v_count int := cardinality(p_entry);
    v_order int[] := ARRAY[1];
    t_reverses bigint[];
    d_available numeric[] := array_fill(0::numeric, ARRAY[v_count]);
    d_in_play numeric[] := array_fill(0::numeric, ARRAY[v_count]);
    v_player uuid;
    v_account uuid; v_currency text; v_scale int;
    v_available numeric; v_in_play numeric; v_debt numeric; v_number bigint; v_posted_at timestamptz;
    v_owed numeric;
    o_account uuid[]; o_currency text[]; o_scale int[];
    o_available numeric[]; o_in_play numeric[]; o_debt numeric[]; o_number bigint[]; o_posted_at timestamptz[];
    o_is_last boolean[];
    n int;
    v_before int;
BEGIN
    IF v_count > 1 THEN
        v_order := (SELECT array_agg(e.n ORDER BY e.player, e.n) FROM unnest(p_player) WITH ORDINALITY AS e(player, n));
    END IF;

    IF cardinality(array_remove(p_reverses, NULL)) > 0 THEN
        -- what the wallet owed and repaid meanwhile is settled anew by the rule below
        SELECT t_entry || array_agg(e.n::int ORDER BY w.id), t_debit || array_agg(c.kind::text ORDER BY w.id),
               t_credit || array_agg(d.kind::text ORDER BY w.id), t_amount || array_agg(w.amount ORDER BY w.id),
               array_fill(NULL::bigint, ARRAY[cardinality(t_entry)]) || array_agg(w.id ORDER BY w.id)
        INTO t_entry, t_debit, t_credit, t_amount, t_reverses
        FROM unnest(p_reverses) WITH ORDINALITY AS e(reversed, n)
        JOIN wallet_transfer w ON w.tenant_id = v_tenant AND w.entry_id = e.reversed
        JOIN wallet_account d ON d.id = w.debit_id
        JOIN wallet_account c ON c.id = w.credit_id
        WHERE d.kind <> 'player_debt' AND c.kind <> 'player_debt';
    END IF;

    FOR i IN 1 .. cardinality(t_entry) LOOP
        n := t_entry[i];
        CASE t_debit[i]
            WHEN 'available' THEN d_available[n] := d_available[n] - t_amount[i];
            WHEN 'stakes_open' THEN d_in_play[n] := d_in_play[n] - t_amount[i];
            ELSE NULL;
        END CASE;
        CASE t_credit[i]
            WHEN 'available' THEN d_available[n] := d_available[n] + t_amount[i];
            WHEN 'stakes_open' THEN d_in_play[n] := d_in_play[n] + t_amount[i];
            ELSE NULL;
        END CASE;
    END LOOP;

    FOREACH n IN ARRAY v_order LOOP
        IF v_player IS DISTINCT FROM p_player[n] THEN
            v_player := p_player[n];
            SELECT b.account_id, b.currency, k.scale, b.available, b.in_play, b.debt, b.entry_count, b.posted_at
            INTO v_account, v_currency, v_scale, v_available, v_in_play, v_debt, v_number, v_posted_at
            FROM wallet_balance b JOIN core_currency k ON k.code = b.currency
            WHERE b.tenant_id = v_tenant AND b.player_id = v_player FOR UPDATE OF b;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'an entry names no player of this tenant' USING ERRCODE = 'foreign_key_violation';
            END IF;
        ELSE
            o_is_last[v_before] := false;
        END IF;
        v_before := n; o_is_last[n] := true;
        v_available := v_available + d_available[n];
        v_in_play := v_in_play + d_in_play[n];
        v_number := v_number + 1;
        v_posted_at := greatest(p_at, v_posted_at + interval '1 microsecond');
        IF v_available < 0 AND p_may_owe[n] THEN
            -- debt is advanced before the clawback takes it
            v_owed := -v_available;
            t_entry := array_prepend(n, t_entry); t_debit := array_prepend('player_debt', t_debit);
            t_credit := array_prepend('available', t_credit); t_amount := array_prepend(v_owed, t_amount);
            t_reverses := array_prepend(NULL, t_reverses);
            v_available := 0; v_debt := v_debt + v_owed;
        ELSIF v_debt > 0 AND d_available[n] > 0 THEN
            -- and repaid after the credit
            v_owed := least(v_debt, d_available[n]);
            t_entry := array_append(t_entry, n); t_debit := array_append(t_debit, 'available');
            t_credit := array_append(t_credit, 'player_debt'); t_amount := array_append(t_amount, v_owed);
            v_available := v_available - v_owed; v_debt := v_debt - v_owed;
        END IF;
        o_account[n] := v_account; o_currency[n] := v_currency; o_scale[n] := v_scale;
        o_available[n] := v_available; o_in_play[n] := v_in_play; o_debt[n] := v_debt;
        o_number[n] := v_number; o_posted_at[n] := v_posted_at;
    END LOOP;

    WITH entry AS (
        INSERT INTO wallet_journalentry (id, tenant_id, player_id, kind, currency, amount, reference, subject_id,
                                         number, posted_at, available, in_play, debt, transaction)
        SELECT p_entry[n], v_tenant, p_player[n], p_kind[n], o_currency[n], p_amount[n], p_reference[n], p_subject[n],
               o_number[n], o_posted_at[n], o_available[n], o_in_play[n], o_debt[n], v_transaction
        FROM generate_series(1, v_count) AS n
    ), transfer AS (
        INSERT INTO wallet_transfer (tenant_id, entry_id, currency, debit_id, credit_id, amount, reverses_id)
        SELECT v_tenant, p_entry[t_entry[i]], o_currency[t_entry[i]],
               CASE t_debit[i] WHEN 'available' THEN o_account[t_entry[i]] ELSE (
                   SELECT id FROM wallet_account WHERE tenant_id = v_tenant AND currency_id = o_currency[t_entry[i]]
                       AND kind = t_debit[i] AND player_id IS NULL) END,
               CASE t_credit[i] WHEN 'available' THEN o_account[t_entry[i]] ELSE (
                   SELECT id FROM wallet_account WHERE tenant_id = v_tenant AND currency_id = o_currency[t_entry[i]]
                       AND kind = t_credit[i] AND player_id IS NULL) END,
               t_amount[i], t_reverses[i]
        FROM generate_series(1, cardinality(t_entry)) AS i
    ), announced AS (
        INSERT INTO core_outbox (tenant_id, event_id, type, occurred_at, data)
        SELECT v_tenant, e_id[i], e_type[i], p_at,
               wallet_announced(e_type[i], e_data[i], o_available[e_entry[i]], o_in_play[e_entry[i]], o_debt[e_entry[i]],
                                o_scale[e_entry[i]])
        FROM generate_series(1, cardinality(e_id)) AS i
    )
    UPDATE wallet_balance b
    SET available = o_available[n], in_play = o_in_play[n], debt = o_debt[n], entry_count = o_number[n],
        posted_at = o_posted_at[n]
    FROM generate_series(1, v_count) AS n
    WHERE o_is_last[n] AND b.tenant_id = v_tenant AND b.player_id = p_player[n];

    FOR n IN 1 .. v_count LOOP
        entry_id := p_entry[n]; available := o_available[n]; in_play := o_in_play[n];
        debt := o_debt[n]; posted_at := o_posted_at[n];
        RETURN NEXT;
    END LOOP;
END $$;
