-- Trigger function on resets of authenticators: what was asked stays, and what was decided stays decided.
CREATE OR REPLACE FUNCTION staff_reset_decided() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.confirmed_at IS NOT NULL OR OLD.withdrawn_at IS NOT NULL THEN
        RAISE EXCEPTION 'a decided reset stays as it is' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.user_id, NEW.requested_by_id, NEW.requested_at, NEW.expires_at, NEW.reason) IS DISTINCT FROM
       (OLD.user_id, OLD.requested_by_id, OLD.requested_at, OLD.expires_at, OLD.reason) THEN
        RAISE EXCEPTION 'what a reset asks for stays as it is' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
