-- Trigger function: a row names the transaction that writes it, whatever its writer says.
CREATE OR REPLACE FUNCTION core_stamp_transaction() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    NEW.transaction_id := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END $$;
