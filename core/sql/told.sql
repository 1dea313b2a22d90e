-- A value as history tells it: fractions as text in plain digits, since JSON's readers would round them.
CREATE OR REPLACE FUNCTION core_told(value jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN jsonb_typeof(value) = 'number' AND value::text LIKE '%.%'
                THEN to_jsonb(trim_scale(value::numeric)::text) ELSE value END
$$;
REVOKE ALL ON FUNCTION core_told(jsonb) FROM PUBLIC;
