-- Post one entry under a partner's reference, once for ever. The only door of `wallet.services.post_entry`.
--
-- `outcome`: 'posted'; 'busy' (another transaction answers this reference now); 'answered' (before: `fingerprint`,
-- `status`, `answered_id` and `refusal` say how); 'refused' (the refusal is stored under the reference). p_refusal
-- holds the refusals by cause: 'short' (the wallet holds less than the transfers take and p_may_owe is false; stored
-- with the available amount at the currency's scale) and 'full' (an amount would outgrow numeric(38,18)).
CREATE OR REPLACE FUNCTION wallet_post(
    p_at timestamptz, p_fingerprint bytea, p_status smallint,
    p_entry uuid, p_player uuid, p_kind text, p_amount numeric, p_reference text, p_subject uuid, p_reverses uuid,
    p_may_owe boolean, p_refusal jsonb,
    t_debit text[], t_credit text[], t_amount numeric[],
    e_id uuid[], e_type text[], e_data jsonb[]
) RETURNS TABLE (outcome text, fingerprint bytea, status smallint, answered_id uuid, refusal jsonb,
                 available numeric, in_play numeric, debt numeric, posted_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    v_tenant uuid := current_setting('app.tenant_id')::uuid;
    v_taken record;
    v_wallet record;
    v_taken_away numeric := 0;
    v_added numeric := 0;
    v_refusal jsonb;
BEGIN
    SELECT * INTO v_taken FROM core_take_references('wallet', ARRAY[p_reference]);
    IF v_taken.state = 'busy' THEN
        RETURN QUERY SELECT 'busy', NULL::bytea, NULL::smallint, NULL::uuid, NULL::jsonb,
                            NULL::numeric, NULL::numeric, NULL::numeric, NULL::timestamptz;
        RETURN;
    ELSIF v_taken.state = 'answered' THEN
        RETURN QUERY
        SELECT 'answered', v_taken.fingerprint, v_taken.status, v_taken.subject_id, v_taken.refusal,
               e.available, e.in_play, e.debt, e.posted_at
        FROM (SELECT 1) AS always LEFT JOIN wallet_journalentry e
            ON e.tenant_id = v_tenant AND e.id = v_taken.subject_id;
        RETURN;
    END IF;

    SELECT b.available, b.in_play, b.debt, b.posted_at, k.scale INTO STRICT v_wallet
    FROM wallet_balance b JOIN core_currency k ON k.code = b.currency
    WHERE b.tenant_id = v_tenant AND b.player_id = p_player FOR UPDATE OF b;

    FOR n IN 1 .. cardinality(t_amount) LOOP
        IF t_debit[n] = 'available' THEN v_taken_away := v_taken_away + t_amount[n]; END IF;
        IF t_credit[n] = 'available' THEN v_added := v_added + t_amount[n]; END IF;
    END LOOP;
    IF NOT p_may_owe AND v_taken_away > v_wallet.available THEN
        v_refusal := p_refusal -> 'short' || jsonb_build_object('details', jsonb_build_object(
            'available', round(v_wallet.available, v_wallet.scale)::text));
    ELSIF v_wallet.available + v_added >= 1e20 THEN
        v_refusal := p_refusal -> 'full';
    END IF;
    IF v_refusal IS NOT NULL THEN
        INSERT INTO core_reference (tenant_id, kind, reference, fingerprint, status, refusal, created_at)
        VALUES (v_tenant, 'wallet', p_reference, p_fingerprint, 422, v_refusal, p_at);
        RETURN QUERY SELECT 'refused', p_fingerprint, 422::smallint, NULL::uuid, v_refusal,
                            v_wallet.available, v_wallet.in_play, v_wallet.debt, v_wallet.posted_at;
        RETURN;
    END IF;

    INSERT INTO core_reference (tenant_id, kind, reference, fingerprint, status, subject_id, created_at)
    VALUES (v_tenant, 'wallet', p_reference, p_fingerprint, p_status, p_entry, p_at);
    RETURN QUERY
    SELECT 'posted', p_fingerprint, p_status, p_entry, NULL::jsonb, w.available, w.in_play, w.debt, w.posted_at
    FROM wallet_write(p_at, ARRAY[p_entry], ARRAY[p_player], ARRAY[p_kind], ARRAY[p_amount], ARRAY[p_reference],
                      ARRAY[p_subject], ARRAY[p_reverses], ARRAY[p_may_owe],
                      array_fill(1, ARRAY[cardinality(t_debit)]), t_debit, t_credit, t_amount,
                      array_fill(1, ARRAY[cardinality(e_id)]), e_id, e_type, e_data) AS w;
END $$;
