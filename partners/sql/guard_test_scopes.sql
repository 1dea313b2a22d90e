-- Trigger function: a client of a production tenant does not get the scope for fixtures of one's own. One that has it from
-- before may keep it or lose it.
CREATE OR REPLACE FUNCTION partners_guard_test_scopes() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF 'sandbox' = ANY (OLD.scopes) THEN
            RETURN NEW;
        END IF;
    END IF;
    IF 'sandbox' = ANY (NEW.scopes)
            AND EXISTS (SELECT FROM partners_tenant t WHERE t.id = NEW.tenant_id AND t.kind = 'production') THEN
        RAISE EXCEPTION 'the scope sandbox is for test tenants' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
