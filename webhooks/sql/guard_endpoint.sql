-- Trigger function: what staff have disabled, no partner lets go on.
CREATE OR REPLACE FUNCTION webhooks_guard_endpoint() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF current_user = 'b2b_api' THEN
        RAISE EXCEPTION 'staff let an endpoint go on that staff disabled' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
