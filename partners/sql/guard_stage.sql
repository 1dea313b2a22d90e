-- A move is checked as it is written: it starts where the partner is, it is one of the transitions, and what that
-- transition requires holds. Its number and its transaction are the database's to say.
CREATE OR REPLACE FUNCTION partners_check_move() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    present text;
    missing text[];
BEGIN
    SELECT p.stage INTO present FROM partners_partner p WHERE p.id = NEW.partner_id FOR NO KEY UPDATE;
    IF present IS DISTINCT FROM NEW.from_stage THEN
        RAISE EXCEPTION 'a move from % is refused: the partner is at %', NEW.from_stage, present
            USING ERRCODE = 'restrict_violation';
    END IF;
    missing := partners_onboarding_missing(NEW.partner_id, NEW.from_stage, NEW.to_stage);
    IF missing IS NULL THEN
        RAISE EXCEPTION 'a move from % to % is refused: there is no such step', NEW.from_stage, NEW.to_stage
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF cardinality(missing) > 0 THEN
        RAISE EXCEPTION 'a move from % to % is refused: missing %', NEW.from_stage, NEW.to_stage,
            array_to_string(missing, ', ') USING ERRCODE = 'restrict_violation';
    END IF;
    NEW.number := 1 + coalesce(
        (SELECT max(m.number) FROM partners_onboardingmove m WHERE m.partner_id = NEW.partner_id), 0);
    NEW.transaction_id := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END $$;

-- The partner goes where its move says.
CREATE OR REPLACE FUNCTION partners_apply_move() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE partners_partner SET stage = NEW.to_stage, stage_since = NEW.moved_at WHERE id = NEW.partner_id;
    RETURN NULL;
END $$;

-- A partner begins at the beginning, and changes its stage by its newest move alone, in the transaction of that move.
CREATE OR REPLACE FUNCTION partners_guard_stage() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.stage <> 'registered' THEN
            RAISE EXCEPTION 'a partner begins at registered, not at %', NEW.stage
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.stage, NEW.stage_since) IS NOT DISTINCT FROM (OLD.stage, OLD.stage_since) THEN
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT FROM partners_onboardingmove m
        WHERE m.partner_id = NEW.id AND m.from_stage = OLD.stage AND m.to_stage = NEW.stage
            AND m.moved_at = NEW.stage_since AND m.transaction_id = pg_current_xact_id()::text::bigint
            AND m.number = (SELECT max(n.number) FROM partners_onboardingmove n WHERE n.partner_id = NEW.id)
    ) THEN
        RAISE EXCEPTION 'a partner goes from % to % by a move alone', OLD.stage, NEW.stage
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.stage IN ('declined', 'paused', 'terminated') AND EXISTS (
        SELECT FROM partners_tenant t
        WHERE t.partner_id = NEW.id AND t.kind = 'production' AND t.status = 'active'
    ) THEN
        RAISE EXCEPTION 'a partner cannot be % while its production tenant is active', NEW.stage
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.stage IN ('declined', 'terminated') AND EXISTS (
        SELECT FROM partners_tenant t WHERE t.partner_id = NEW.id AND t.status = 'active'
    ) THEN
        RAISE EXCEPTION 'a partner cannot be % while a tenant of it is active', NEW.stage
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
