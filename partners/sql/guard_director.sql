-- Who directs a company is 18 or older; `partners.onboarding.rules` says the same.
CREATE OR REPLACE FUNCTION partners_guard_director() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.birth_date > ((now() AT TIME ZONE 'UTC')::date - interval '18 years')::date THEN
        RAISE EXCEPTION 'a director is 18 or older' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
