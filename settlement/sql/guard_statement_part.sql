-- Lines and charges of a statement are written while it is a draft, and never again.
CREATE OR REPLACE FUNCTION settlement_guard_statement_part() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    -- The statement that a row leaves and the one that it joins; mostly the same.
    touched uuid[] := ARRAY[]::uuid[];
    found record;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        touched := touched || OLD.statement_id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        touched := touched || NEW.statement_id;
    END IF;
    -- The share lock keeps the statement a draft until this transaction ends.
    FOR found IN SELECT number, status FROM settlement_statement WHERE id = ANY (touched) FOR SHARE LOOP
        IF found.status <> 'draft' THEN
            RAISE EXCEPTION 'statement % is no draft: % on % is refused', found.number, TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END IF;
    END LOOP;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
