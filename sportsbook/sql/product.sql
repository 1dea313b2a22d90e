-- The exact product of a multiple's factors, 1 of none. PostgreSQL has none, and logarithms round.
CREATE OR REPLACE FUNCTION sportsbook_product(p_factors numeric[]) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, public
AS $$
DECLARE
    v_factor numeric;
    v_product numeric := 1;
BEGIN
    FOREACH v_factor IN ARRAY coalesce(p_factors, '{}') LOOP
        v_product := v_product * v_factor;
    END LOOP;
    RETURN v_product;
END $$;
