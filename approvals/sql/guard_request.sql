-- Trigger function: what may become of a request for approval, whoever writes it and by whichever way.
-- The digest is the database's own, over PostgreSQL's text of the payload (keys sorted, none twice).
CREATE OR REPLACE FUNCTION approvals_guard_request() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    NEW.payload_digest := encode(sha256(convert_to(NEW.payload::text, 'UTF8')), 'hex');

    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'pending' OR NEW.revision <> 1 OR NEW.edited_by_id IS NOT NULL THEN
            RAISE EXCEPTION 'a request for approval begins as pending' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;

    IF (NEW.id, NEW.kind, NEW.subject_type, NEW.subject_id, NEW.requested_by_id, NEW.requested_at)
            IS DISTINCT FROM
            (OLD.id, OLD.kind, OLD.subject_type, OLD.subject_id, OLD.requested_by_id, OLD.requested_at)
            OR NEW.title <> OLD.title AND NEW.payload_digest = OLD.payload_digest
            OR NEW.partner_id IS DISTINCT FROM OLD.partner_id OR NEW.expires_at <> OLD.expires_at THEN
        RAISE EXCEPTION 'who asked, for what and until when stays as it was asked' USING ERRCODE = 'check_violation';
    END IF;

    IF OLD.status NOT IN ('pending', 'approved') OR OLD.executed_at IS NOT NULL THEN
        RAISE EXCEPTION 'a closed request (%) stays as it is', OLD.status USING ERRCODE = 'check_violation';
    END IF;

    IF (NEW.payload_digest, NEW.reason, NEW.revision) IS DISTINCT FROM (OLD.payload_digest, OLD.reason, OLD.revision) THEN
        IF OLD.status <> 'pending' OR NEW.status <> 'pending' THEN
            RAISE EXCEPTION 'what was approved is not edited: ask anew' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.revision <> OLD.revision + 1 OR NEW.edited_by_id IS NULL OR NEW.edited_at IS NULL
                OR NEW.edited_at < OLD.requested_at THEN
            RAISE EXCEPTION 'an edit is a new revision and says who made it' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF (NEW.edited_by_id, NEW.edited_at) IS DISTINCT FROM (OLD.edited_by_id, OLD.edited_at) THEN
        RAISE EXCEPTION 'there is no edit without a change' USING ERRCODE = 'check_violation';
    END IF;

    IF OLD.status = 'approved' THEN
        IF (NEW.decided_by_id, NEW.decided_for_id, NEW.decided_at, NEW.decided_digest, NEW.decision_note)
                IS DISTINCT FROM
                (OLD.decided_by_id, OLD.decided_for_id, OLD.decided_at, OLD.decided_digest, OLD.decision_note) THEN
            RAISE EXCEPTION 'a decision stays as it was made' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.status NOT IN ('approved', 'failed', 'void', 'expired') THEN
            RAISE EXCEPTION 'an approved request does not become %', NEW.status USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;

    IF NEW.status = 'failed' OR NEW.executed_at IS NOT NULL AND NEW.status <> 'approved' THEN
        RAISE EXCEPTION 'only what was approved is made' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.decided_by_id IS NULL THEN
        RETURN NEW;
    END IF;
    IF NEW.status NOT IN ('approved', 'rejected') THEN
        RAISE EXCEPTION 'a decision approves or rejects' USING ERRCODE = 'check_violation';
    END IF;

    IF NEW.decided_at < OLD.requested_at OR NEW.decided_at < OLD.edited_at THEN
        RAISE EXCEPTION 'a decision comes after what it is about' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status = 'approved' AND OLD.expires_at <= greatest(NEW.decided_at, now()) THEN
        RAISE EXCEPTION 'an expired request is not approved' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT (SELECT is_active FROM core_staff_user WHERE id = NEW.decided_by_id) THEN
        RAISE EXCEPTION 'who has left does not decide' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT FROM staff_deputy d
        WHERE d.deputy_id = NEW.decided_by_id AND d.user_id = NEW.requested_by_id
            AND d.ended_at IS NULL AND d.from_at <= NEW.decided_at AND d.until_at > NEW.decided_at
    ) THEN
        RAISE EXCEPTION 'who stands in for who asked does not decide' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.decided_for_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM staff_deputy d JOIN core_staff_user u ON u.id = d.user_id
        WHERE d.deputy_id = NEW.decided_by_id AND d.user_id = NEW.decided_for_id AND u.is_active
            AND d.ended_at IS NULL AND d.from_at <= NEW.decided_at AND d.until_at > NEW.decided_at
    ) THEN
        RAISE EXCEPTION 'only a deputy decides for a colleague' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

-- Trigger function: keeps what each request asked for, from its first writing on.
CREATE OR REPLACE FUNCTION approvals_keep_revision() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NEW.revision <> OLD.revision THEN
        INSERT INTO approvals_approvalrevision (request_id, revision, payload, payload_digest, reason, made_at)
        VALUES (NEW.id, NEW.revision, NEW.payload, NEW.payload_digest, NEW.reason, coalesce(NEW.edited_at, NEW.requested_at));
    END IF;
    RETURN NULL;
END $$;

-- Trigger function: a request is closed, never removed.
CREATE OR REPLACE FUNCTION approvals_refuse_removal() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'requests for approval are never removed: % is refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
