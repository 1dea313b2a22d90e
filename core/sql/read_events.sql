-- The events of a tenant above a sequence, of some types (null: of all), and which are kept at all: one row at least,
-- with `oldest` and `newest`, both null where there is no event, and the rest null where none is found.
-- The transaction shows p_tenant's rows from here on, and its alone.
CREATE OR REPLACE FUNCTION core_read_events(p_tenant uuid, p_after bigint, p_types text[], p_limit int)
RETURNS TABLE (oldest bigint, newest bigint, sequence bigint, event_id uuid, type text, occurred_at timestamptz, data text)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off AS $$
#variable_conflict use_column
DECLARE
    v_oldest bigint;
    v_newest bigint;
BEGIN
    PERFORM set_config('app.tenant_id', p_tenant::text, true);
    v_oldest := (SELECT k.sequence FROM core_event k WHERE k.tenant_id = p_tenant ORDER BY k.sequence LIMIT 1);
    v_newest := (SELECT k.sequence FROM core_event k WHERE k.tenant_id = p_tenant ORDER BY k.sequence DESC LIMIT 1);
    IF p_types IS NULL THEN
        RETURN QUERY
        SELECT v_oldest, v_newest, e.sequence, e.event_id, e.type::text, e.occurred_at, e.data::text
        FROM core_event e WHERE e.tenant_id = p_tenant AND e.sequence > p_after ORDER BY e.sequence LIMIT p_limit;
    ELSE
        RETURN QUERY
        SELECT v_oldest, v_newest, e.sequence, e.event_id, e.type::text, e.occurred_at, e.data::text
        FROM unnest(p_types) AS wanted(name)
        CROSS JOIN LATERAL (
            SELECT k.* FROM core_event k
            WHERE k.tenant_id = p_tenant AND k.type = wanted.name AND k.sequence > p_after
            ORDER BY k.sequence LIMIT p_limit
        ) AS e
        ORDER BY e.sequence LIMIT p_limit;
    END IF;
    IF NOT FOUND THEN
        oldest := v_oldest; newest := v_newest;
        RETURN NEXT;
    END IF;
END $$;
