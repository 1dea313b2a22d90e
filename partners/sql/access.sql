-- What the API process must know of every client before it knows whose request it serves: whose it is, whether it
-- may come in, from where and how often. No secret is among it. Runs with its owner's rights, since row-level
-- security shows the API process no tenant before one is set.
CREATE OR REPLACE FUNCTION partners_access()
RETURNS TABLE (
    client_id text, is_active boolean, tokens_valid_after timestamptz, tenant_id uuid, tenant_kind text,
    partner_id uuid, tier text, time_zone text, is_suspended boolean, requests_per_minute int, allowed_ips text[]
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.client_id, c.is_active, c.tokens_valid_after, t.id, t.kind,
           p.id, p.tier, p.time_zone, 'suspended' IN (t.status, p.status), t.requests_per_minute, t.allowed_ips::text[]
    FROM partners_apiclient c
    JOIN partners_tenant t ON t.id = c.tenant_id
    JOIN partners_partner p ON p.id = t.partner_id
$$;
REVOKE ALL ON FUNCTION partners_access() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION partners_access() TO b2b_api, b2b_office, b2b_jobs;
