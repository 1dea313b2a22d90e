-- Lock a player's wallet until the transaction ends, as every posting does. False if this tenant has no such player.
--
-- Who changes what postings depend on (the player's status) locks first: postings that came before are then committed,
-- and those that come after see the change.
CREATE OR REPLACE FUNCTION wallet_lock_wallet(p_player uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM wallet_balance
    WHERE tenant_id = current_setting('app.tenant_id')::uuid AND player_id = p_player FOR UPDATE;
    RETURN FOUND;
END $$;
