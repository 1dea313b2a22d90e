-- Make the request log's partitions of yesterday to p_days_ahead, remove those that ended p_days_kept ago.
-- Returns how many were made and removed. Rows of a day without a partition wait in the default one.
CREATE OR REPLACE FUNCTION integration_keep_partitions(p_today date, p_days_kept int, p_days_ahead int)
RETURNS TABLE (made int, removed int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_day date;
    v_name text;
BEGIN
    IF p_days_kept < 1 OR p_days_ahead < 1 THEN
        RAISE EXCEPTION 'the request log keeps one day at least' USING ERRCODE = 'check_violation';
    END IF;
    made := 0; removed := 0;
    PERFORM pg_advisory_xact_lock(hashtextextended('integration_keep_partitions', 0));
    FOR v_day IN SELECT generate_series(p_today - 1, p_today + p_days_ahead, interval '1 day')::date LOOP
        v_name := 'integration_apirequest_' || to_char(v_day, 'YYYYMMDD');
        IF to_regclass(v_name) IS NULL THEN
            EXECUTE format('CREATE TABLE %I (LIKE integration_apirequest INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', v_name);
            EXECUTE format(
                'WITH moved AS (DELETE FROM integration_apirequest_default WHERE id >= %L AND id < %L RETURNING *) '
                'INSERT INTO %I SELECT * FROM moved',
                integration_first_id(v_day AT TIME ZONE 'UTC'), integration_first_id((v_day + 1) AT TIME ZONE 'UTC'),
                v_name);
            EXECUTE format(
                'ALTER TABLE integration_apirequest ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', v_name,
                integration_first_id(v_day AT TIME ZONE 'UTC'), integration_first_id((v_day + 1) AT TIME ZONE 'UTC'));
            made := made + 1;
        END IF;
    END LOOP;
    FOR v_name IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'integration_apirequest'::regclass AND c.relname ~ '^integration_apirequest_[0-9]{8}$'
            AND to_date(right(c.relname, 8), 'YYYYMMDD') < p_today - p_days_kept
    LOOP
        EXECUTE format('DROP TABLE %I', v_name);
        removed := removed + 1;
    END LOOP;
    RETURN NEXT;
END $$;
