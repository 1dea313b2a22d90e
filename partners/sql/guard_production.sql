-- A tenant stays what it is and whose it is; none is let in of a partner that has ended, and production does not admit
-- the addresses of nearly everybody. A production tenant is not active while its partner is stopped, or is
-- confirmed to be on a sanctions list. Once suspended, or opened from the stage deployment on, it begins with all five
-- areas accepted, nothing of the business lapsed, and no suspension by compliance that is not lifted.
CREATE OR REPLACE FUNCTION partners_guard_tenant() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    present text;
    said text;
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.kind, NEW.partner_id) IS DISTINCT FROM (OLD.kind, OLD.partner_id) THEN
        RAISE EXCEPTION 'a tenant keeps its partner and its kind' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status = 'active' AND (TG_OP = 'INSERT' OR OLD.status <> 'active') THEN
        SELECT p.stage INTO present FROM partners_partner p WHERE p.id = NEW.partner_id FOR SHARE;
        IF present IN ('declined', 'terminated') THEN
            RAISE EXCEPTION 'no tenant is active of a partner that is %', present USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    IF NEW.kind = 'production' AND (TG_OP = 'INSERT' OR NEW.allowed_ips <> OLD.allowed_ips) AND EXISTS (
        SELECT FROM unnest(NEW.allowed_ips) n (network)
        WHERE masklen(n.network::inet) < CASE family(n.network::inet) WHEN 4 THEN 8 ELSE 32 END
    ) THEN
        RAISE EXCEPTION 'production admits no network wider than /8 (IPv4) or /32 (IPv6)'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.kind = 'production' AND NEW.status = 'active' THEN
        SELECT p.stage INTO present FROM partners_partner p WHERE p.id = NEW.partner_id FOR SHARE;
        IF present IN ('declined', 'paused', 'terminated') OR TG_OP = 'UPDATE' AND OLD.status <> 'active'
            AND present NOT IN ('deployment', 'live', 'maintenance') THEN
            RAISE EXCEPTION 'a production tenant is not active while its partner is %', present
                USING ERRCODE = 'restrict_violation';
        END IF;
        IF EXISTS (
            SELECT FROM partners_screenings(ARRAY[NEW.partner_id], now()) x WHERE x.is_matched
        ) THEN
            RAISE EXCEPTION 'a production tenant is not active while a sanctions match is confirmed'
                USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    IF NEW.kind = 'production' AND NEW.status = 'active' AND (
        TG_OP = 'INSERT' AND present IN ('deployment', 'live', 'maintenance')
        OR TG_OP = 'UPDATE' AND OLD.status <> 'active'
    ) THEN
        IF NOT partners_compliance_is_complete(NEW.partner_id) THEN
            SELECT string_agg(a.area, ', ' ORDER BY a.area) INTO said
            FROM partners_compliancearea a WHERE a.partner_id = NEW.partner_id AND a.status <> 'accepted';
            RAISE EXCEPTION 'a production tenant goes on with all five areas of compliance accepted; open: %', said
                USING ERRCODE = 'restrict_violation';
        END IF;
        SELECT string_agg(l.what, ', ' ORDER BY l.what) INTO said
        FROM partners_kyb_lapses(ARRAY[NEW.partner_id], now()) l;
        IF said IS NOT NULL THEN
            RAISE EXCEPTION 'a production tenant does not go on while its partner has lapsed: %', said
                USING ERRCODE = 'restrict_violation';
        END IF;
        IF EXISTS (
            SELECT FROM partners_compliancesuspension s WHERE s.partner_id = NEW.partner_id AND s.lifted_at IS NULL
        ) THEN
            RAISE EXCEPTION 'a production tenant does not go on while compliance has stopped it'
                USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;

-- An API client of a production tenant, and a secret of such a client, exist from the stage deployment on.
CREATE OR REPLACE FUNCTION partners_guard_production_client() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    present text;
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.tenant_id = OLD.tenant_id THEN
        RETURN NEW;
    END IF;
    SELECT p.stage INTO present
    FROM partners_tenant t JOIN partners_partner p ON p.id = t.partner_id
    WHERE t.id = NEW.tenant_id AND t.kind = 'production' FOR SHARE OF p;
    IF present IS NOT NULL AND present NOT IN ('deployment', 'live', 'maintenance') THEN
        RAISE EXCEPTION 'no production credentials at the stage %', present USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION partners_guard_production_secret() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    present text;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS NULL THEN
        RAISE EXCEPTION 'a revoked secret stays revoked' USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND (
        NEW.digest <> OLD.digest OR OLD.expires_at IS NOT NULL AND (NEW.expires_at IS NULL OR NEW.expires_at > OLD.expires_at)
    ) THEN
        RAISE EXCEPTION 'a secret stays what it is, and its end is not put off' USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.client_id = OLD.client_id THEN
        RETURN NEW;
    END IF;
    SELECT p.stage INTO present
    FROM partners_apiclient c
    JOIN partners_tenant t ON t.id = c.tenant_id
    JOIN partners_partner p ON p.id = t.partner_id
    WHERE c.id = NEW.client_id AND t.kind = 'production' FOR SHARE OF p;
    IF present IS NOT NULL AND present NOT IN ('deployment', 'live', 'maintenance') THEN
        RAISE EXCEPTION 'no production credentials at the stage %', present USING ERRCODE = 'restrict_violation';
    END IF;
    IF present IS NOT NULL AND EXISTS (
        SELECT FROM partners_apiclient c JOIN partners_tenant t ON t.id = c.tenant_id,
            LATERAL partners_screenings(ARRAY[t.partner_id], now()) x
        WHERE c.id = NEW.client_id AND x.is_matched
    ) THEN
        RAISE EXCEPTION 'no production credentials while a sanctions match is confirmed'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
