-- What one unit of a currency costs in USD on a day: the latest rate entered until then, direct, else inverse,
-- else by way of EUR. Null when nobody has entered one. `partners.queries.get_rate` answers the same.
CREATE OR REPLACE FUNCTION partners_rate(p_base text, p_quote text, p_day date) RETURNS numeric
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN CASE WHEN p_base = p_quote THEN 1 ELSE coalesce(
        (SELECT rate FROM partners_exchangerate
         WHERE base_id = p_base AND quote_id = p_quote AND valid_date <= p_day ORDER BY valid_date DESC LIMIT 1),
        (SELECT 1 / rate::numeric(60, 40) FROM partners_exchangerate
         WHERE base_id = p_quote AND quote_id = p_base AND valid_date <= p_day ORDER BY valid_date DESC LIMIT 1)
    ) END;
END $$;

CREATE OR REPLACE FUNCTION partners_usd_rate(p_currency text, p_day date) RETURNS numeric
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
    RETURN coalesce(partners_rate(p_currency, 'USD', p_day),
                    partners_rate(p_currency, 'EUR', p_day) * partners_rate('EUR', 'USD', p_day));
END $$;
