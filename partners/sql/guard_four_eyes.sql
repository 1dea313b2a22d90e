-- Trigger functions: in the office nobody issues a secret for production, or enters an exchange rate, alone. Each
-- needs a request approved by a second person that is being carried out in this transaction; a secret has the scopes,
-- the networks and at most the lifetime that this person read.
CREATE OR REPLACE FUNCTION partners_guard_secret() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    held record;
BEGIN
    IF current_user <> 'b2b_office' THEN
        RETURN NEW;
    END IF;
    SELECT c.scopes, t.allowed_ips INTO held
    FROM partners_apiclient c JOIN partners_tenant t ON t.id = c.tenant_id
    WHERE c.id = NEW.client_id AND t.kind = 'production' FOR SHARE OF c, t;
    IF FOUND AND NOT EXISTS (
        SELECT FROM approvals_approvalrequest r
        WHERE r.kind = 'production_credentials' AND r.subject_type = 'partners.apiclient'
            AND r.subject_id = NEW.client_id::text AND r.status = 'approved' AND r.executed_at IS NULL
            AND r.payload -> 'proposed' -> 'scopes' = to_jsonb(held.scopes)
            AND r.payload -> 'proposed' -> 'allowedIps' = to_jsonb(held.allowed_ips)
            AND CASE WHEN coalesce(r.payload -> 'proposed' ->> 'lifetime', 'no end') = 'no end' THEN true
                ELSE NEW.expires_at <= clock_timestamp() + (r.payload -> 'proposed' ->> 'lifetime')::interval END
    ) THEN
        RAISE EXCEPTION 'credentials for production are issued by two people' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION partners_guard_rate() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    was jsonb;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        was := jsonb_build_object('rate', OLD.rate, 'source', OLD.source);
    END IF;
    IF current_user = 'b2b_office' AND NOT EXISTS (
        SELECT FROM approvals_approvalrequest r
        WHERE r.kind = 'exchange_rate' AND r.subject_type = 'partners.exchangerate'
            AND r.subject_id = NEW.base_id || '/' || NEW.quote_id || '/' || to_char(NEW.valid_date, 'YYYY-MM-DD')
            AND r.status = 'approved' AND r.executed_at IS NULL
            AND (r.payload -> 'proposed' ->> 'rate')::numeric = NEW.rate
            AND r.payload -> 'proposed' ->> 'source' = NEW.source
            AND (r.payload -> 'present' ->> 'rate')::numeric IS NOT DISTINCT FROM (was ->> 'rate')::numeric
            AND (r.payload -> 'present' ->> 'source') IS NOT DISTINCT FROM (was ->> 'source')
    ) THEN
        RAISE EXCEPTION 'an exchange rate is entered by two people' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
