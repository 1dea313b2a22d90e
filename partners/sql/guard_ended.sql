-- Trigger functions: what is known of a partner that is declined or terminated stays as staff left it, and its systems
-- are given nothing more. Who looks after it may change. The jobs are left free: they erase and forget.
CREATE OR REPLACE FUNCTION partners_guard_ended() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    present text;
BEGIN
    IF current_user <> 'b2b_office' THEN
        RETURN NEW;
    END IF;
    SELECT p.stage INTO present FROM partners_partner p WHERE p.id = NEW.partner_id FOR SHARE;
    IF present IN ('declined', 'terminated') THEN
        RAISE EXCEPTION 'the records of a partner that is % stay as they are', present
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION partners_guard_ended_partner() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF current_user = 'b2b_office'
        AND to_jsonb(NEW) - 'account_manager_id' IS DISTINCT FROM to_jsonb(OLD) - 'account_manager_id' THEN
        RAISE EXCEPTION 'the records of a partner that is % stay as they are', OLD.stage
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION partners_guard_ended_client() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    present text;
BEGIN
    IF current_user <> 'b2b_office' OR TG_OP = 'UPDATE' AND NEW.scopes <@ OLD.scopes AND NEW.scopes @> OLD.scopes THEN
        RETURN NEW;
    END IF;
    SELECT p.stage INTO present
    FROM partners_tenant t JOIN partners_partner p ON p.id = t.partner_id
    WHERE t.id = NEW.tenant_id FOR SHARE OF p;
    IF present IN ('declined', 'terminated') THEN
        RAISE EXCEPTION 'no system is let in of a partner that is %', present USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION partners_guard_ended_secret() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    present text;
BEGIN
    IF current_user <> 'b2b_office' THEN
        RETURN NEW;
    END IF;
    SELECT p.stage INTO present
    FROM partners_apiclient c
    JOIN partners_tenant t ON t.id = c.tenant_id
    JOIN partners_partner p ON p.id = t.partner_id
    WHERE c.id = NEW.client_id FOR SHARE OF p;
    IF present IN ('declined', 'terminated') THEN
        RAISE EXCEPTION 'no secret is issued to a partner that is %', present USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
