-- Trigger functions: what is known of a partner that is declined or terminated stays as staff left it. Who looks after
-- it may change, and whether it is suspended. The jobs are left free: they erase and forget.
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
DECLARE
    free CONSTANT text[] := ARRAY['account_manager_id', 'status', 'suspended_by', 'suspended_role'];
BEGIN
    IF current_user = 'b2b_office' AND to_jsonb(NEW) - free IS DISTINCT FROM to_jsonb(OLD) - free THEN
        RAISE EXCEPTION 'the records of a partner that is % stay as they are', OLD.stage
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
