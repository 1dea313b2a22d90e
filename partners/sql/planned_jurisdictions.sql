-- Where a partner is going to take bets, and does not yet: its documents are asked for already. With its owner's
-- rights, as `partners_jurisdictions`; the API process is told of its own tenant's partner alone.
CREATE OR REPLACE FUNCTION partners_planned_jurisdictions(partner uuid) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.planned_jurisdictions::text[]
    FROM partners_company c
    WHERE c.partner_id = partner AND (session_user <> 'b2b_api' OR c.partner_id = (
        SELECT t.partner_id FROM partners_tenant t
        WHERE t.id = nullif(current_setting('app.tenant_id', true), '')::uuid))
$$;
REVOKE ALL ON FUNCTION partners_planned_jurisdictions(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION partners_planned_jurisdictions(uuid) TO b2b_api, b2b_office, b2b_jobs;
