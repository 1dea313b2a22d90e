-- A player is written with a wallet: an account of its own, the house accounts of its currency, an empty balance.
CREATE OR REPLACE FUNCTION wallet_open_wallet() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_account uuid := core_uuid7();
BEGIN
    IF NOT EXISTS (SELECT FROM wallet_account
                   WHERE tenant_id = NEW.tenant_id AND currency_id = NEW.currency_id AND player_id IS NULL) THEN
        INSERT INTO wallet_account (id, tenant_id, kind, currency_id)
        SELECT core_uuid7(), NEW.tenant_id, kind, NEW.currency_id
        FROM unnest(ARRAY['stakes_open', 'revenue_stakes', 'revenue_payouts', 'partner_receivable', 'player_debt',
                          'rounding']) AS kind
        ON CONFLICT DO NOTHING;
    END IF;
    INSERT INTO wallet_account (id, tenant_id, kind, currency_id, player_id)
    VALUES (v_account, NEW.tenant_id, 'available', NEW.currency_id, NEW.id);
    INSERT INTO wallet_balance (player_id, tenant_id, account_id, currency, available, in_play, debt, entry_count, posted_at)
    VALUES (NEW.id, NEW.tenant_id, v_account, NEW.currency_id, 0, 0, 0, 0, NEW.created_at);
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER a_player_has_a_wallet AFTER INSERT ON wallet_player
    FOR EACH ROW EXECUTE FUNCTION wallet_open_wallet();
