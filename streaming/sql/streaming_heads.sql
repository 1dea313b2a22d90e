-- How far the sequences have come: of each of these tenants its last event, and its last fact above `facts_after`, if
-- there is one; in a row without tenant the platform's last fact above it. Runs with the rights of whoever calls and
-- sees each tenant by that tenant's policy, one after the other, in one round trip.
CREATE OR REPLACE FUNCTION streaming_heads(tenants uuid[], facts_after bigint)
RETURNS TABLE (tenant_id uuid, event_sequence bigint, fact_sequence bigint)
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM set_config('app.tenant_id', '', true);
    event_sequence := NULL;
    fact_sequence := (SELECT max(f.sequence) FROM core_fact f WHERE f.sequence > facts_after AND f.tenant_id IS NULL);
    RETURN NEXT;
    FOREACH tenant_id IN ARRAY tenants LOOP
        PERFORM set_config('app.tenant_id', tenant_id::text, true);
        event_sequence := (SELECT e.sequence FROM core_event e WHERE e.tenant_id = streaming_heads.tenant_id
                           ORDER BY e.sequence DESC LIMIT 1);
        fact_sequence := (SELECT max(f.sequence) FROM core_fact f
                          WHERE f.sequence > facts_after AND f.tenant_id = streaming_heads.tenant_id);
        RETURN NEXT;
    END LOOP;
    PERFORM set_config('app.tenant_id', '', true);
END
$$;
REVOKE ALL ON FUNCTION streaming_heads(uuid[], bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION streaming_heads(uuid[], bigint) TO b2b_api;
