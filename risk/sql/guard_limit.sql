-- Trigger function: in the office nobody raises a limit alone. A row that lets players stake more than what counted
-- before (its own amount, else the partner's, else the platform's) needs a request approved by a second person,
-- about this very limit and amount and read against what counts, that is being carried out in this transaction.
CREATE OR REPLACE FUNCTION risk_guard_limit() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    counted numeric;
    subject text;
BEGIN
    IF current_user <> 'b2b_office' THEN
        RETURN NEW;
    END IF;
    -- One transaction at a time sets limits of a kind: what counted is read after the others have ended.
    PERFORM pg_advisory_xact_lock(hashtextextended(NEW.kind || '/' || NEW.vip, 10));
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.kind, NEW.vip) <> (OLD.kind, OLD.vip) OR NEW.partner_id IS DISTINCT FROM OLD.partner_id
                OR NEW.tenant_id IS DISTINCT FROM OLD.tenant_id THEN
            RAISE EXCEPTION 'a limit stays the limit of whom it was set for' USING ERRCODE = 'check_violation';
        END IF;
        counted := OLD.amount;
    ELSE
        SELECT amount INTO counted FROM risk_limit l
        WHERE l.kind = NEW.kind AND l.vip = NEW.vip AND l.tenant_id IS NULL
            AND (l.partner_id IS NULL AND (NEW.tenant_id IS NOT NULL OR NEW.partner_id IS NOT NULL)
                OR l.partner_id = (SELECT t.partner_id FROM partners_tenant t WHERE t.id = NEW.tenant_id))
        ORDER BY l.partner_id IS NULL LIMIT 1;
    END IF;
    counted := coalesce(counted, CASE NEW.kind WHEN 'max_bet' THEN 10000 ELSE 50000 END);
    IF NEW.amount <= counted THEN
        RETURN NEW;
    END IF;
    subject := NEW.kind || CASE WHEN NEW.vip THEN '/vip/' ELSE '/ordinary/' END
        || coalesce('tenant/' || NEW.tenant_id, 'partner/' || NEW.partner_id, 'platform');
    IF NOT EXISTS (
        SELECT FROM approvals_approvalrequest r
        WHERE r.kind = 'limit_raise' AND r.subject_type = 'risk.limit' AND r.subject_id = subject
            AND r.status = 'approved' AND r.executed_at IS NULL
            AND (r.payload -> 'present' ->> 'amount')::numeric = counted
            AND (r.payload -> 'proposed' ->> 'amount')::numeric = NEW.amount
    ) THEN
        RAISE EXCEPTION 'a limit is raised by two people' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
