-- A screening stays as it was written down; a possible match is decided once, before its subject is screened again;
-- and after a confirmed match nobody clears alone.
CREATE OR REPLACE FUNCTION partners_guard_screening() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    later CONSTANT text[] := ARRAY['decision', 'decided_by_id', 'decided_at', 'decision_reason'];
    latest record;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a screening stays' USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - later IS DISTINCT FROM to_jsonb(OLD) - later THEN
            RAISE EXCEPTION 'a screening stays as it was written down' USING ERRCODE = 'restrict_violation';
        END IF;
        IF OLD.decision <> '' THEN
            RAISE EXCEPTION 'a match is decided once' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.decision <> '' THEN
        RAISE EXCEPTION 'a screening begins undecided' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.lists_on NOT BETWEEN (NEW.screened_at AT TIME ZONE 'UTC')::date - 31
        AND (NEW.screened_at AT TIME ZONE 'UTC')::date THEN
        RAISE EXCEPTION 'a screening looks in lists of its time' USING ERRCODE = 'check_violation';
    END IF;
    PERFORM FROM partners_partner p WHERE p.id = NEW.partner_id FOR NO KEY UPDATE;
    IF NOT coalesce(
        (SELECT o.partner_id = NEW.partner_id FROM partners_beneficialowner o WHERE o.id = NEW.owner_id),
        (SELECT d.partner_id = NEW.partner_id FROM partners_director d WHERE d.id = NEW.director_id), true) THEN
        RAISE EXCEPTION 'a screening is of a person of its own partner' USING ERRCODE = 'check_violation';
    END IF;
    SELECT x.result, x.decision, x.screened_at INTO latest
    FROM partners_screening x
    WHERE x.partner_id = NEW.partner_id AND x.owner_id IS NOT DISTINCT FROM NEW.owner_id
        AND x.director_id IS NOT DISTINCT FROM NEW.director_id
    ORDER BY x.screened_at DESC, x.id DESC LIMIT 1;
    IF latest.screened_at > NEW.screened_at THEN
        RAISE EXCEPTION 'a screening comes after the one before' USING ERRCODE = 'check_violation';
    END IF;
    IF latest.result = 'possible_match' AND latest.decision = '' THEN
        RAISE EXCEPTION 'a possible match is decided first' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.result = 'clear' AND (latest.result = 'confirmed_match' OR latest.decision = 'confirmed') THEN
        RAISE EXCEPTION 'after a confirmed match nobody clears alone' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

-- A bank account is entered by a request that a second person approved and that is being carried out in this
-- transaction; after that it is verified once, and ends once.
CREATE OR REPLACE FUNCTION partners_guard_bank_account() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    later CONSTANT text[] := ARRAY[
        'ended_at', 'verification', 'verified_by_id', 'verified_at', 'verified_name', 'holder_difference'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a bank account stays' USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - later IS DISTINCT FROM to_jsonb(OLD) - later THEN
            RAISE EXCEPTION 'a bank account is not edited: another one follows it' USING ERRCODE = 'restrict_violation';
        END IF;
        IF OLD.ended_at IS NOT NULL THEN
            RAISE EXCEPTION 'a bank account that ended stays as it was' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.verified_at IS NOT NULL OR NEW.ended_at IS NOT NULL OR NOT EXISTS (
        SELECT FROM approvals_approvalrequest r
        WHERE r.id = NEW.request_id AND r.kind = 'bank_account' AND r.subject_type = 'partners.partner'
            AND r.subject_id = NEW.partner_id::text
            AND r.status = 'approved' AND r.executed_at IS NULL
            AND r.requested_by_id = NEW.entered_by_id AND r.decided_by_id = NEW.approved_by_id
            AND r.payload -> 'proposed' ->> 'iban' = NEW.iban
            AND r.payload -> 'proposed' ->> 'bic' = NEW.bic
            AND r.payload -> 'proposed' ->> 'holder' = NEW.holder
    ) THEN
        RAISE EXCEPTION 'a bank account is entered unverified, by two people' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;

-- A contract with a processor is not edited: the next version follows it and ends it.
CREATE OR REPLACE FUNCTION partners_guard_processor_contract() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.ended_at IS NOT NULL
        OR to_jsonb(NEW) - 'ended_at' IS DISTINCT FROM to_jsonb(OLD) - 'ended_at' THEN
        RAISE EXCEPTION 'a contract stays as it was signed: the next version follows it'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
