-- Trigger functions on staff and what they prove themselves with: any change of rights or of the second factor
-- moves the session epoch on, and so ends every session that was opened before. The password is part of the
-- session's own hash.
CREATE OR REPLACE FUNCTION staff_user_changed() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.is_superuser AND current_user = 'b2b_office' AND (TG_OP = 'INSERT' OR NOT OLD.is_superuser) THEN
        RAISE EXCEPTION 'the office makes nobody a superuser' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        RETURN NEW;
    END IF;
    IF (NEW.is_active, NEW.is_staff, NEW.is_superuser) IS DISTINCT FROM
       (OLD.is_active, OLD.is_staff, OLD.is_superuser) THEN
        NEW.session_epoch := OLD.session_epoch + 1;
    ELSE
        NEW.session_epoch := greatest(NEW.session_epoch, OLD.session_epoch);
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION staff_permission_changed() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE core_staff_user SET session_epoch = session_epoch + 1
    WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.staffuser_id ELSE NEW.staffuser_id END;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION staff_factor_changed() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' OR (NEW.seed, NEW.confirmed, NEW.user_id) IS DISTINCT FROM
                           (OLD.seed, OLD.confirmed, OLD.user_id) THEN
        UPDATE core_staff_user SET session_epoch = session_epoch + 1
        WHERE id = NEW.user_id AND (NEW.confirmed OR TG_OP = 'UPDATE');
    END IF;
    RETURN NULL;
END $$;
