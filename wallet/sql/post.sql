-- Post one entry under a partner's reference, once for ever. The only door of `wallet.services.post_entry`.
-- The transaction shows p_tenant's rows from here on, and its alone.
--
-- p_amount moves from p_debit to p_credit, kinds of account as of wallet_write; or p_reverses names the entry that is
-- turned round. e_* is the event that tells of the entry.
--
-- `outcome`: 'posted'; 'busy' (another transaction answers this reference now); 'answered' (before: `fingerprint`,
-- `status`, `answered_id` and `refusal` say how); 'refused' (the refusal is stored under the reference). p_refusal
-- holds the refusals by cause: 'short' (the wallet holds less than is taken and p_may_owe is false; stored with the
-- available amount at the currency's scale) and 'full' (an amount would outgrow numeric(38,18)).
CREATE OR REPLACE FUNCTION wallet_post(
    p_tenant uuid, p_at timestamptz, p_fingerprint bytea, p_status smallint,
    p_entry uuid, p_player uuid, p_kind text, p_amount numeric, p_reference text, p_subject uuid, p_reverses uuid,
    p_may_owe boolean, p_refusal jsonb, p_debit text, p_credit text,
    e_id uuid, e_type text, e_data jsonb
) RETURNS TABLE (outcome text, fingerprint bytea, status smallint, answered_id uuid, refusal jsonb,
                 available numeric, in_play numeric, debt numeric, posted_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    v_moves int := CASE WHEN p_reverses IS NULL THEN 1 ELSE 0 END;
    v_is_plain boolean := p_reverses IS NULL AND NOT p_may_owe
        AND (p_debit = 'available') <> (p_credit = 'available') AND 'stakes_open' NOT IN (p_debit, p_credit);
    v_change numeric := CASE WHEN p_credit = 'available' THEN p_amount ELSE -p_amount END;
    v_account uuid; v_house uuid; v_currency text; v_scale int; v_number bigint;
    v_available numeric;
    v_full constant numeric := 1e20;
BEGIN
    PERFORM set_config('app.tenant_id', p_tenant::text, true);
    IF NOT core_lock_reference(p_tenant, 'wallet', p_reference) THEN
        outcome := 'busy';
        RETURN NEXT;
        RETURN;
    END IF;
    -- A statement of its own, after the lock: it sees what was committed before the lock was granted.
    SELECT 'answered', r.fingerprint, r.status, r.subject_id, r.refusal, e.available, e.in_play, e.debt, e.posted_at
    INTO outcome, fingerprint, status, answered_id, refusal, available, in_play, debt, posted_at
    FROM core_reference r LEFT JOIN wallet_journalentry e ON e.tenant_id = p_tenant AND e.id = r.subject_id
    WHERE r.tenant_id = p_tenant AND r.kind = 'wallet' AND r.reference = p_reference;
    IF FOUND THEN
        RETURN NEXT;
        RETURN;
    END IF;

    -- The usual case, one transfer between the player and the house, writes the balance at once, if it may.
    IF v_is_plain THEN
        UPDATE wallet_balance b SET available = b.available + v_change, entry_count = b.entry_count + 1,
            posted_at = greatest(p_at, b.posted_at + interval '1 microsecond')
        FROM core_currency k, wallet_account h
        WHERE b.tenant_id = p_tenant AND b.player_id = p_player AND b.debt = 0
            AND b.available + v_change >= 0 AND b.available + v_change < v_full
            AND k.code = b.currency
            AND h.tenant_id = b.tenant_id AND h.currency_id = b.currency AND h.player_id IS NULL
            AND h.kind = CASE WHEN p_credit = 'available' THEN p_debit ELSE p_credit END
        RETURNING b.available, b.in_play, b.debt, b.posted_at, b.account_id, b.currency, b.entry_count, k.scale, h.id
        INTO available, in_play, debt, posted_at, v_account, v_currency, v_number, v_scale, v_house;
        v_is_plain := FOUND;
    END IF;
    IF NOT v_is_plain THEN
        SELECT b.available, k.scale INTO STRICT v_available, v_scale
        FROM wallet_balance b JOIN core_currency k ON k.code = b.currency
        WHERE b.tenant_id = p_tenant AND b.player_id = p_player FOR UPDATE OF b;
        IF p_debit = 'available' AND NOT p_may_owe AND p_amount > v_available THEN
            refusal := p_refusal -> 'short' || jsonb_build_object('details', jsonb_build_object(
                'available', round(v_available, v_scale)::text));
        ELSIF p_credit = 'available' AND v_available + p_amount >= v_full THEN
            refusal := p_refusal -> 'full';
        END IF;
    END IF;

    outcome := CASE WHEN refusal IS NULL THEN 'posted' ELSE 'refused' END;
    fingerprint := p_fingerprint;
    status := CASE WHEN refusal IS NULL THEN p_status ELSE 422 END;
    answered_id := CASE WHEN refusal IS NULL THEN p_entry END;
    INSERT INTO core_reference (tenant_id, kind, reference, fingerprint, status, subject_id, refusal, created_at)
    VALUES (p_tenant, 'wallet', p_reference, fingerprint, status, answered_id, refusal, p_at);
    IF refusal IS NOT NULL THEN
        RETURN NEXT;
        RETURN;
    END IF;

    IF NOT v_is_plain THEN
        SELECT w.available, w.in_play, w.debt, w.posted_at INTO STRICT available, in_play, debt, posted_at
        FROM wallet_write(
            p_at, ARRAY[p_entry], ARRAY[p_player], ARRAY[p_kind], ARRAY[p_amount], ARRAY[p_reference],
            ARRAY[p_subject], ARRAY[p_reverses], ARRAY[p_may_owe],
            (ARRAY[1])[1:v_moves], (ARRAY[p_debit])[1:v_moves], (ARRAY[p_credit])[1:v_moves],
            (ARRAY[p_amount])[1:v_moves],
            ARRAY[1], ARRAY[e_id], ARRAY[e_type], ARRAY[e_data]) AS w;
        RETURN NEXT;
        RETURN;
    END IF;

    -- What wallet_write would do, for half its price.
    INSERT INTO wallet_journalentry (id, tenant_id, player_id, kind, currency, amount, reference, subject_id,
                                     number, posted_at, available, in_play, debt, transaction)
    VALUES (p_entry, p_tenant, p_player, p_kind, v_currency, p_amount, p_reference, p_subject,
            v_number, posted_at, available, in_play, debt, pg_current_xact_id()::text::bigint);
    INSERT INTO wallet_transfer (tenant_id, entry_id, currency, debit_id, credit_id, amount)
    VALUES (p_tenant, p_entry, v_currency, CASE WHEN p_credit = 'available' THEN v_house ELSE v_account END,
            CASE WHEN p_credit = 'available' THEN v_account ELSE v_house END, p_amount);
    INSERT INTO core_outbox (tenant_id, event_id, type, occurred_at, data)
    VALUES (p_tenant, e_id, e_type, p_at, wallet_announced(e_type, e_data, available, in_play, debt, v_scale));
    RETURN NEXT;
END $$;
