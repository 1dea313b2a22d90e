-- Where a partner takes bets: what its company says, else its own country. With its owner's rights, since the
-- company's row is closed to the API process; that process is told of its own tenant's partner alone.
CREATE OR REPLACE FUNCTION partners_jurisdictions(partner uuid) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(nullif(c.jurisdictions::text[], '{}'), ARRAY[p.country::text])
    FROM partners_partner p LEFT JOIN partners_company c ON c.partner_id = p.id
    WHERE p.id = partner AND (session_user <> 'b2b_api' OR p.id = (
        SELECT t.partner_id FROM partners_tenant t
        WHERE t.id = nullif(current_setting('app.tenant_id', true), '')::uuid))
$$;
REVOKE ALL ON FUNCTION partners_jurisdictions(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION partners_jurisdictions(uuid) TO b2b_api, b2b_office, b2b_jobs;
