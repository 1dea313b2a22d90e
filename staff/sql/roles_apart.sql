-- Trigger function on the roles of staff: pairs that no one person holds are refused, whoever writes and
-- however. The user's row is locked first, so that two roles given at once see each other.
CREATE OR REPLACE FUNCTION staff_roles_changed() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    person bigint := CASE WHEN TG_OP = 'DELETE' THEN OLD.staffuser_id ELSE NEW.staffuser_id END;
    pair record;
BEGIN
    UPDATE core_staff_user SET session_epoch = session_epoch + 1 WHERE id = person;
    IF TG_OP = 'DELETE' THEN
        RETURN NULL;
    END IF;
    SELECT a.name AS one, b.name AS other INTO pair
    FROM (VALUES
        ('finance_maker', ARRAY['finance_checker']),
        ('account_manager', ARRAY['compliance']),
        ('auditor', ARRAY['account_manager', 'compliance', 'trader', 'risk', 'finance_maker',
                          'finance_checker', 'support', 'security_admin']),
        ('security_admin', ARRAY['account_manager', 'compliance', 'trader', 'risk', 'finance_maker',
                                 'finance_checker'])
    ) AS forbidden (role, others)
    JOIN auth_group a ON a.name = forbidden.role
    JOIN auth_group b ON b.name = ANY (forbidden.others)
    JOIN core_staff_user_groups x ON x.group_id = a.id AND x.staffuser_id = person
    JOIN core_staff_user_groups y ON y.group_id = b.id AND y.staffuser_id = person
    LIMIT 1;
    IF pair.one IS NOT NULL THEN
        RAISE EXCEPTION 'the roles % and % are never one person''s', pair.one, pair.other
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

-- Trigger function on the groups: a role keeps its name, or the pairs above would be got round.
CREATE OR REPLACE FUNCTION staff_role_keeps_its_name() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.name IS DISTINCT FROM OLD.name THEN
        RAISE EXCEPTION 'the role % keeps its name', OLD.name USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
