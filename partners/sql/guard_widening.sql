-- Trigger functions: in the office nobody gives a production client that has had a secret more scopes, or its tenant
-- more networks, alone. Each needs a request approved by a second person that is being carried out, and that was read
-- against what there is.
CREATE OR REPLACE FUNCTION partners_guard_scopes() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.tenant_id <> OLD.tenant_id THEN
        RAISE EXCEPTION 'an API client stays with its tenant' USING ERRCODE = 'restrict_violation';
    END IF;
    IF current_user <> 'b2b_office' OR NEW.scopes <@ OLD.scopes OR NOT EXISTS (
        SELECT FROM partners_clientsecret s
        JOIN partners_tenant t ON t.id = NEW.tenant_id AND t.kind = 'production'
        WHERE s.client_id = NEW.id
    ) THEN
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT FROM approvals_approvalrequest r
        WHERE r.kind = 'production_access' AND r.subject_type = 'partners.apiclient' AND r.subject_id = NEW.id::text
            AND r.status = 'approved' AND r.executed_at IS NULL
            AND r.payload -> 'present' -> 'scopes' = to_jsonb(OLD.scopes)
            AND r.payload -> 'proposed' -> 'scopes' = to_jsonb(NEW.scopes)
    ) THEN
        RAISE EXCEPTION 'production gets more scopes by two people' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION partners_guard_networks() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF current_user <> 'b2b_office' OR NEW.kind <> 'production' OR NOT EXISTS (
        SELECT FROM unnest(NEW.allowed_ips) n (network)
        WHERE NOT EXISTS (
            SELECT FROM unnest(OLD.allowed_ips) o (network) WHERE n.network::inet <<= o.network::inet
        )
    ) OR NOT EXISTS (
        SELECT FROM partners_clientsecret s JOIN partners_apiclient c ON c.id = s.client_id
        WHERE c.tenant_id = NEW.id
    ) THEN
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT FROM approvals_approvalrequest r
        WHERE r.kind = 'production_access' AND r.subject_type = 'partners.tenant' AND r.subject_id = NEW.id::text
            AND r.status = 'approved' AND r.executed_at IS NULL
            AND r.payload -> 'present' -> 'allowedIps' = to_jsonb(OLD.allowed_ips)
            AND r.payload -> 'proposed' -> 'allowedIps' = to_jsonb(NEW.allowed_ips)
    ) THEN
        RAISE EXCEPTION 'production is called from more networks by two people' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;

-- Trigger functions: what was asked or approved of a secret is void once the scopes or the networks are others, and so
-- is what was asked of more of them. The request that is being carried out is approved already.
CREATE OR REPLACE FUNCTION partners_void_permits_of_client() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM partners_void_permits(ARRAY[NEW.id::text]);
    PERFORM partners_void_widening('partners.apiclient', NEW.id);
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION partners_void_permits_of_tenant() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM partners_void_permits(ARRAY(SELECT c.id::text FROM partners_apiclient c WHERE c.tenant_id = NEW.id));
    PERFORM partners_void_widening('partners.tenant', NEW.id);
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION partners_void_permits(clients text[]) RETURNS void
LANGUAGE sql SET search_path = public, pg_temp AS $$
    UPDATE approvals_approvalrequest
    SET status = 'void', closed_at = now(),
        failure = 'The client''s scopes or the tenant''s allowed IPs have been changed since this was asked for.'
    WHERE kind = 'production_credentials' AND subject_type = 'partners.apiclient' AND subject_id = ANY (clients)
        AND (status = 'pending' OR status = 'approved' AND executed_at IS NULL)
$$;

CREATE OR REPLACE FUNCTION partners_void_widening(subject text, id uuid) RETURNS void
LANGUAGE sql SET search_path = public, pg_temp AS $$
    UPDATE approvals_approvalrequest
    SET status = 'void', closed_at = now(),
        failure = 'The scopes or allowed IPs have been changed since this was asked for.'
    WHERE kind = 'production_access' AND subject_type = subject AND subject_id = partners_void_widening.id::text
        AND status = 'pending'
$$;
