-- Lock a reference for this transaction, or tell that another transaction is answering it now (false).
-- No settings of its own: so it costs no call where it is used.
CREATE OR REPLACE FUNCTION core_lock_reference(p_tenant uuid, p_kind text, p_reference text) RETURNS boolean
LANGUAGE sql VOLATILE AS $$
    SELECT pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended(
        p_kind || ' ' || p_reference, pg_catalog.hashtext(p_tenant::text)))
$$;
