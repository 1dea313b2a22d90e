-- Trigger function: in the office nobody gives a role alone. A membership needs a request approved by a second
-- person, about this very person and role, that is being carried out in this transaction.
CREATE OR REPLACE FUNCTION approvals_guard_role() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF current_user = 'b2b_office' AND NOT EXISTS (
        SELECT FROM approvals_approvalrequest r JOIN auth_group g ON g.id = NEW.group_id
        WHERE r.kind = 'role_grant' AND r.subject_type = 'core.staffuser'
            AND r.subject_id = NEW.staffuser_id || '/' || g.name
            AND r.status = 'approved' AND r.executed_at IS NULL
    ) THEN
        RAISE EXCEPTION 'a role is given by two people' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;
