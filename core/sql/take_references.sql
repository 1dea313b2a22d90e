-- Lock references of one kind for this transaction and tell what was answered under them before.
--
-- A row for each reference, in the order given: `state` is 'new', 'busy' (another transaction is answering it now)
-- or 'answered', then with the first answer. Must run inside a tenant's transaction.
CREATE OR REPLACE FUNCTION core_take_references(p_kind text, p_references text[])
RETURNS TABLE (ordinal int, state text, fingerprint bytea, status smallint, subject_id uuid, refusal jsonb)
LANGUAGE plpgsql SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    v_tenant uuid := current_setting('app.tenant_id')::uuid;
    v_busy int[] := '{}';
BEGIN
    FOR n IN 1 .. cardinality(p_references) LOOP
        IF NOT core_lock_reference(v_tenant, p_kind, p_references[n]) THEN
            v_busy := v_busy || n;
        END IF;
    END LOOP;

    -- A statement of its own, after the locks: it sees what was committed before they were granted.
    RETURN QUERY
    SELECT asked.n::int,
           CASE WHEN asked.n = ANY (v_busy) THEN 'busy' WHEN r.status IS NULL THEN 'new' ELSE 'answered' END,
           r.fingerprint, r.status, r.subject_id, r.refusal
    FROM unnest(p_references) WITH ORDINALITY AS asked(reference, n)
    LEFT JOIN core_reference r
        ON r.tenant_id = v_tenant AND r.kind = p_kind AND r.reference = asked.reference
    ORDER BY asked.n;
END $$;
