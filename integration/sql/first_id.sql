-- The smallest id of a moment: a UUIDv7 begins with its milliseconds.
CREATE OR REPLACE FUNCTION integration_first_id(p_at timestamptz) RETURNS uuid
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT (lpad(to_hex((extract(epoch FROM p_at) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid
$$;
