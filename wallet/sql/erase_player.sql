-- Forget who a closed player is: blank what tells it, for good, and the answers kept that repeat it. False if this
-- tenant has no such player, or one that is not closed or was erased before.
--
-- What stays is the wallet, the bets and the partner's reference: gambling and money-laundering law keep them.
CREATE OR REPLACE FUNCTION wallet_erase_player(p_player uuid, p_shown text, p_at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_tenant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
BEGIN
    UPDATE wallet_player SET name = '', email = '', birth_date = NULL, time_zone = '', erased_at = p_at
    WHERE tenant_id = v_tenant AND id = p_player AND status = 'closed' AND erased_at IS NULL;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    DELETE FROM core_idempotencykey
    WHERE tenant_id = v_tenant AND position(convert_to(p_shown, 'UTF8') IN body) > 0;
    RETURN true;
END $$;
