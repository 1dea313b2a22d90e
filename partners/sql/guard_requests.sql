-- Trigger function: a tenant's own limit lets somebody in and is one; `partners.rules` says the same. A figure from
-- before stays until it is changed: a CHECK would keep the tenant from being suspended meanwhile.
CREATE OR REPLACE FUNCTION partners_guard_requests() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF current_user IN ('b2b_api', 'b2b_office', 'b2b_jobs') THEN
        RAISE EXCEPTION 'a tenant makes from 1 to 100000 requests a minute' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
