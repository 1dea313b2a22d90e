-- What may happen to a statement: a draft may be anything; after that only its status moves, and from issued on it
-- never goes back.
CREATE OR REPLACE FUNCTION settlement_guard_statement() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    final CONSTANT text[] := ARRAY['issued', 'paid', 'disputed', 'corrected'];
BEGIN
    IF OLD.status = 'draft' THEN
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'statement % is no draft and stays', OLD.number USING ERRCODE = 'restrict_violation';
    END IF;
    IF to_jsonb(NEW) - 'status' - 'issued_at' IS DISTINCT FROM to_jsonb(OLD) - 'status' - 'issued_at' THEN
        RAISE EXCEPTION 'statement % is no draft: its content stays as it is', OLD.number
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.status = ANY (final)
        AND (NOT NEW.status = ANY (final) OR NEW.issued_at IS DISTINCT FROM OLD.issued_at) THEN
        RAISE EXCEPTION 'statement % was issued and cannot be taken back', OLD.number
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
