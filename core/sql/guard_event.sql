-- Trigger function of the events: what was told stays as it was told, until `core_forget_events` removes it. That runs
-- as b2b_ledger, which nobody logs in as.
CREATE OR REPLACE FUNCTION core_guard_event() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_user = 'b2b_ledger' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'rows of % are only added: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
