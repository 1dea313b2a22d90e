-- Roll back the deposit or withdrawal posted under p_original, under a reference of its own, once for ever.
--
-- `outcome` as of wallet_post, and 'elsewhere': the original is of another player, nothing is stored. An original that
-- was never posted is answered 200 with the refusal p_refusal -> 'unknown', and leaves a tombstone, p_refusal ->
-- 'tombstone', under its reference: should it arrive later, it is refused for ever. p_refusal also has 'kind' (the
-- original is itself a rollback) and 'twice' (rolled back before, under another reference).
-- Both references are locked first, so that original and rollback never pass each other.
CREATE OR REPLACE FUNCTION wallet_roll_back(
    p_at timestamptz, p_fingerprint bytea, p_entry uuid, p_player uuid, p_reference text, p_original text,
    p_refusal jsonb, e_id uuid, e_type text, e_data jsonb
) RETURNS TABLE (outcome text, fingerprint bytea, status smallint, answered_id uuid, refusal jsonb,
                 available numeric, in_play numeric, debt numeric, posted_at timestamptz, amount numeric)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_tenant uuid := current_setting('app.tenant_id')::uuid;
    v_own record;
    v_original record;
    v_entry record;
    v_status smallint := 422;
    v_refusal jsonb;
BEGIN
    SELECT * INTO v_own FROM core_take_references('wallet', ARRAY[p_reference]);
    IF v_own.state = 'answered' THEN
        RETURN QUERY
        SELECT 'answered', v_own.fingerprint, v_own.status, v_own.subject_id, v_own.refusal,
               e.available, e.in_play, e.debt, e.posted_at, e.amount
        FROM (SELECT 1) AS always LEFT JOIN wallet_journalentry e
            ON e.tenant_id = v_tenant AND e.id = v_own.subject_id;
        RETURN;
    END IF;
    SELECT * INTO v_original FROM core_take_references('wallet', ARRAY[p_original]);
    IF v_own.state = 'busy' OR v_original.state = 'busy' THEN
        RETURN QUERY SELECT 'busy', NULL::bytea, NULL::smallint, NULL::uuid, NULL::jsonb,
                            NULL::numeric, NULL::numeric, NULL::numeric, NULL::timestamptz, NULL::numeric;
        RETURN;
    END IF;

    SELECT e.id, e.player_id, e.kind, e.amount, k.scale, e.tenant_id INTO v_entry
    FROM wallet_journalentry e JOIN core_currency k ON k.code = e.currency
    WHERE e.tenant_id = v_tenant AND e.id = v_original.subject_id;
    IF v_entry.id IS NULL THEN
        v_refusal := p_refusal -> 'unknown';
        v_status := 200;
        IF v_original.state = 'new' THEN
            INSERT INTO core_reference (tenant_id, kind, reference, fingerprint, status, refusal, created_at)
            VALUES (v_tenant, 'wallet', p_original, NULL, 422, p_refusal -> 'tombstone', p_at);
        END IF;
    ELSIF v_entry.player_id <> p_player THEN
        RETURN QUERY SELECT 'elsewhere', NULL::bytea, NULL::smallint, NULL::uuid, NULL::jsonb,
                            NULL::numeric, NULL::numeric, NULL::numeric, NULL::timestamptz, NULL::numeric;
        RETURN;
    ELSIF v_entry.kind NOT IN ('deposit', 'withdrawal') THEN
        v_refusal := p_refusal -> 'kind';
    ELSE
        SELECT p_refusal -> 'twice' || jsonb_build_object('details', jsonb_build_object('reference', b.reference))
        INTO v_refusal
        FROM wallet_transfer t
        JOIN wallet_transfer r ON r.tenant_id = v_tenant AND r.reverses_id = t.id
        JOIN wallet_journalentry b ON b.tenant_id = v_tenant AND b.id = r.entry_id
        WHERE t.tenant_id = v_tenant AND t.entry_id = v_entry.id LIMIT 1;
    END IF;
    IF v_refusal IS NOT NULL THEN
        INSERT INTO core_reference (tenant_id, kind, reference, fingerprint, status, refusal, created_at)
        VALUES (v_tenant, 'wallet', p_reference, p_fingerprint, v_status, v_refusal, p_at);
        RETURN QUERY SELECT 'refused', p_fingerprint, v_status, NULL::uuid, v_refusal,
                            NULL::numeric, NULL::numeric, NULL::numeric, NULL::timestamptz, NULL::numeric;
        RETURN;
    END IF;

    RETURN QUERY
    SELECT w.outcome, w.fingerprint, w.status, w.answered_id, w.refusal,
           w.available, w.in_play, w.debt, w.posted_at, v_entry.amount
    FROM wallet_post(v_tenant, p_at, p_fingerprint, 200::smallint, p_entry, p_player, 'rollback', v_entry.amount, p_reference,
                     v_entry.id, v_entry.id, true, p_refusal, NULL, NULL, e_id, e_type,
                     e_data || jsonb_build_object('amount', round(v_entry.amount, v_entry.scale)::text)) AS w;
END $$;
