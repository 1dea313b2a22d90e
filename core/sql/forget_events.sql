-- Remove the oldest events of a tenant, as long as each happened before p_before, p_limit at most; return how many.
-- What is left has no gap, and the last event always stays: its number goes on. Nothing younger than a day goes.
CREATE OR REPLACE FUNCTION core_forget_events(p_tenant uuid, p_before timestamptz, p_limit int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_end bigint;
    v_count int;
BEGIN
    IF p_before > now() - interval '1 day' THEN
        RAISE EXCEPTION 'events are kept for a day at least' USING ERRCODE = 'check_violation';
    END IF;
    PERFORM set_config('app.tenant_id', p_tenant::text, true);
    v_end := least(
        (SELECT sequence FROM core_event WHERE tenant_id = p_tenant ORDER BY sequence DESC LIMIT 1),
        (SELECT sequence FROM core_event WHERE tenant_id = p_tenant ORDER BY sequence LIMIT 1) + p_limit);
    v_end := least(v_end, (
        SELECT sequence FROM core_event
        WHERE tenant_id = p_tenant AND sequence < v_end AND occurred_at >= p_before ORDER BY sequence LIMIT 1));
    DELETE FROM core_event WHERE tenant_id = p_tenant AND sequence < v_end;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END $$;
