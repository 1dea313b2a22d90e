-- Trigger function: in the office nobody routes more traffic to production alone. A new production tenant begins
-- with a tenth of its players at most; more needs a request approved by a second person that is being
-- carried out, and that was read against the ramp there is.
CREATE OR REPLACE FUNCTION partners_guard_ramp() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF current_user <> 'b2b_office' OR NEW.kind <> 'production' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.ramp_percent > 10 THEN
            RAISE EXCEPTION 'a production tenant begins with 10 percent of its traffic at most'
                USING ERRCODE = 'insufficient_privilege';
        END IF;
    ELSIF NEW.ramp_percent > OLD.ramp_percent AND NOT EXISTS (
        SELECT FROM approvals_approvalrequest r
        WHERE r.kind = 'ramp_step' AND r.subject_type = 'partners.tenant' AND r.subject_id = NEW.id::text
            AND r.status = 'approved' AND r.executed_at IS NULL
            AND (r.payload -> 'present' ->> 'percent')::int = OLD.ramp_percent
            AND (r.payload -> 'proposed' ->> 'percent')::int = NEW.ramp_percent
    ) THEN
        RAISE EXCEPTION 'more traffic is routed by two people' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
