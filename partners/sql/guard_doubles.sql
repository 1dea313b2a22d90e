-- Trigger function: a form that is sent twice enters one row. Services lock the partner (for a client the tenant)
-- before they look; rows that were doubled before stay, which no unique index would let them.
CREATE OR REPLACE FUNCTION partners_guard_doubles() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    is_double boolean;
BEGIN
    IF TG_TABLE_NAME = 'partners_beneficialowner' THEN
        is_double := EXISTS (SELECT FROM partners_beneficialowner o WHERE o.partner_id = NEW.partner_id
            AND upper(o.name) = upper(NEW.name) AND o.birth_date = NEW.birth_date);
    ELSIF TG_TABLE_NAME = 'partners_director' THEN
        is_double := EXISTS (SELECT FROM partners_director d WHERE d.partner_id = NEW.partner_id
            AND upper(d.name) = upper(NEW.name) AND d.birth_date = NEW.birth_date);
    ELSIF TG_TABLE_NAME = 'partners_certification' THEN
        is_double := EXISTS (SELECT FROM partners_certification c WHERE c.partner_id = NEW.partner_id
            AND c.tested_on = NEW.tested_on AND c.evidence = NEW.evidence AND c.withdrawn_at IS NULL);
    ELSIF TG_TABLE_NAME = 'partners_kybreview' THEN
        is_double := EXISTS (SELECT FROM partners_kybreview r WHERE r.partner_id = NEW.partner_id
            AND r.findings = NEW.findings AND r.reviewed_at > NEW.reviewed_at - interval '1 day');
    ELSE
        is_double := EXISTS (SELECT FROM partners_apiclient c WHERE c.tenant_id = NEW.tenant_id
            AND upper(c.name) = upper(NEW.name) AND c.is_active);
    END IF;
    IF is_double THEN
        RAISE EXCEPTION 'this is entered already' USING ERRCODE = 'unique_violation';
    END IF;
    RETURN NEW;
END $$;
