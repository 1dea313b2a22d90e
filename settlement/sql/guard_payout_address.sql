-- Trigger function: an address to pay to is entered by a request that a second person approved and that is being
-- carried out in this transaction; after that it only ends, and never later than was said. Nobody removes it.
CREATE OR REPLACE FUNCTION settlement_guard_payout_address() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP IN ('DELETE', 'TRUNCATE') THEN
        RAISE EXCEPTION 'a payout address is never removed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - 'ended_at' IS DISTINCT FROM to_jsonb(OLD) - 'ended_at' THEN
            RAISE EXCEPTION 'a payout address is not edited: another one follows it' USING ERRCODE = 'restrict_violation';
        END IF;
        IF OLD.ended_at IS NOT NULL AND (NEW.ended_at IS NULL OR NEW.ended_at > OLD.ended_at) THEN
            RAISE EXCEPTION 'a payout address that ends is not taken up again' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT FROM approvals_approvalrequest r
        WHERE r.id = NEW.request_id AND r.kind = 'payout_address' AND r.subject_type = 'partners.partner'
            AND r.subject_id = NEW.partner_id || '/' || NEW.currency_id
            AND r.status = 'approved' AND r.executed_at IS NULL
            AND r.requested_by_id = NEW.made_by_id AND r.decided_by_id = NEW.approved_by_id
            AND r.payload -> 'proposed' ->> 'address' = NEW.address
            AND r.payload -> 'proposed' ->> 'kind' = NEW.kind
    ) THEN
        RAISE EXCEPTION 'a payout address is entered by two people' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
