-- Trigger function: an adjustment is added to a draft, in its currency, by a request that a second person approved
-- and that is being carried out in this transaction.
CREATE OR REPLACE FUNCTION settlement_guard_adjustment() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    found record;
BEGIN
    SELECT number, status, currency_id INTO found FROM settlement_statement
    WHERE id = NEW.statement_id AND tenant_id = NEW.tenant_id FOR UPDATE;
    IF found.status IS DISTINCT FROM 'draft' THEN
        RAISE EXCEPTION 'statement % is no draft: no adjustment of it', found.number USING ERRCODE = 'restrict_violation';
    END IF;
    IF found.currency_id <> NEW.currency THEN
        RAISE EXCEPTION 'an adjustment is in the currency of its statement' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (
        SELECT FROM approvals_approvalrequest r
        WHERE r.id = NEW.request_id AND r.kind = 'adjustment' AND r.subject_type = 'settlement.statement'
            AND r.subject_id = NEW.statement_id::text AND r.status = 'approved' AND r.executed_at IS NULL
            AND r.requested_by_id = NEW.made_by_id AND r.decided_by_id = NEW.approved_by_id
            AND (r.payload -> 'proposed' ->> 'amount')::numeric = NEW.amount
    ) THEN
        RAISE EXCEPTION 'an adjustment is made by two people' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
