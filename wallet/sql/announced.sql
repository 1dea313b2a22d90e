-- What an event tells: 'balance.updated' gets the wallet right after its entry, at the currency's scale.
-- No settings of its own: so it costs no call where it is used.
CREATE OR REPLACE FUNCTION wallet_announced(
    p_type text, p_data jsonb, p_available numeric, p_in_play numeric, p_debt numeric, p_scale int
) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT CASE p_type WHEN 'balance.updated' THEN p_data || pg_catalog.jsonb_build_object(
        'available', pg_catalog.round(p_available, p_scale)::text,
        'inPlay', pg_catalog.round(p_in_play, p_scale)::text,
        'debt', pg_catalog.round(p_debt, p_scale)::text) ELSE p_data END
$$;
