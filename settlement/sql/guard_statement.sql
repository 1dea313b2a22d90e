-- What may happen to a statement: a draft may be anything; after that its content stays and its status goes the way
-- it is meant to, from issued on never back. It is approved by a second person, about the figures that it has.
CREATE OR REPLACE FUNCTION settlement_guard_statement() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    final CONSTANT text[] := ARRAY['issued', 'paid', 'disputed', 'corrected'];
    moving CONSTANT text[] := ARRAY['status', 'prepared_by_id', 'submitted_at', 'approved_by_id', 'approved_at', 'issued_at'];
    ways CONSTANT jsonb := '{"draft": ["calculated", "in_review"], "calculated": ["draft", "in_review"],
        "in_review": ["draft", "approved"], "approved": ["draft", "issued"], "issued": ["paid", "disputed"],
        "paid": ["disputed"], "disputed": ["issued", "paid", "corrected"], "corrected": []}';
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.status <> 'draft' THEN
            RAISE EXCEPTION 'statement % is no draft and stays', OLD.number USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF OLD.status <> 'draft' AND to_jsonb(NEW) - moving IS DISTINCT FROM to_jsonb(OLD) - moving THEN
        RAISE EXCEPTION 'statement % is no draft: its content stays as it is', OLD.number
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.status = ANY (final)
        AND (NOT NEW.status = ANY (final) OR NEW.issued_at IS DISTINCT FROM OLD.issued_at) THEN
        RAISE EXCEPTION 'statement % was issued and cannot be taken back', OLD.number
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status <> OLD.status AND NOT ways -> OLD.status ? NEW.status THEN
        RAISE EXCEPTION 'statement % does not go from % to %', OLD.number, OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status <> 'draft' AND (
        OLD.prepared_by_id IS NOT NULL
            AND (NEW.prepared_by_id, NEW.submitted_at) IS DISTINCT FROM (OLD.prepared_by_id, OLD.submitted_at)
        OR OLD.approved_by_id IS NOT NULL
            AND (NEW.approved_by_id, NEW.approved_at) IS DISTINCT FROM (OLD.approved_by_id, OLD.approved_at)
    ) THEN
        RAISE EXCEPTION 'who prepared and approved statement % stays', OLD.number USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status = 'approved' AND OLD.status <> 'approved' AND current_user <> 'b2b_owner' AND NOT EXISTS (
        SELECT FROM approvals_approvalrequest r
        WHERE r.kind = 'statement' AND r.subject_type = 'settlement.statement' AND r.subject_id = NEW.id::text
            AND r.status = 'approved' AND r.executed_at IS NULL
            AND r.requested_by_id = NEW.prepared_by_id AND r.decided_by_id = NEW.approved_by_id
            AND (r.payload -> 'proposed' ->> 'total')::numeric = NEW.total
    ) THEN
        RAISE EXCEPTION 'a statement is approved by a second person' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
