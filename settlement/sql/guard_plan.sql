-- Trigger function: in the office nobody agrees a commission plan alone.
CREATE OR REPLACE FUNCTION settlement_guard_plan() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF current_user <> 'b2b_office' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.tenant_id, NEW.version, NEW.kind, NEW.rate, NEW.currency_id, NEW.payer, NEW.valid_from)
                IS DISTINCT FROM
                (OLD.tenant_id, OLD.version, OLD.kind, OLD.rate, OLD.currency_id, OLD.payer, OLD.valid_from) THEN
            RAISE EXCEPTION 'a plan is not edited: another version follows it' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT FROM approvals_approvalrequest r
        WHERE r.kind = 'rate_change' AND r.subject_type = 'partners.tenant' AND r.subject_id = NEW.tenant_id::text
            AND r.status = 'approved' AND r.executed_at IS NULL
            AND (r.payload -> 'proposed' ->> 'rate')::numeric = NEW.rate
    ) THEN
        RAISE EXCEPTION 'a commission plan is agreed by two people' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
