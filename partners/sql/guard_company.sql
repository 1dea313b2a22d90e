-- The shares of a partner's present owners are at most the whole.
CREATE OR REPLACE FUNCTION partners_guard_shares() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM partners_partner p WHERE p.id = NEW.partner_id FOR NO KEY UPDATE;
    IF (SELECT sum(o.share_percent) FROM partners_beneficialowner o
        WHERE o.partner_id = NEW.partner_id AND o.owner_until IS NULL) > 100 THEN
        RAISE EXCEPTION 'the owners of a partner hold at most 100 percent' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

-- A certification is signed once, countersigned once and withdrawn once; what was signed stays as it was.
CREATE OR REPLACE FUNCTION partners_guard_certification() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    later CONSTANT text[] := ARRAY[
        'countersigned_by_id', 'countersigned_at', 'withdrawn_by', 'withdrawn_at', 'withdrawal_reason'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a certification stays' USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.countersigned_at IS NOT NULL OR NEW.withdrawn_at IS NOT NULL THEN
            RAISE EXCEPTION 'a certification begins with one signature' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - later IS DISTINCT FROM to_jsonb(OLD) - later THEN
        RAISE EXCEPTION 'what was signed stays as it was' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.withdrawn_at IS NOT NULL THEN
        RAISE EXCEPTION 'a withdrawn certification stays withdrawn' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.countersigned_at IS NOT NULL
        AND (NEW.countersigned_by_id, NEW.countersigned_at)
            IS DISTINCT FROM (OLD.countersigned_by_id, OLD.countersigned_at) THEN
        RAISE EXCEPTION 'a certification is countersigned once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
