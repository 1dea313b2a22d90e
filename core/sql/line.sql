-- One line of text as `core.text` allows it: composed, and without what cannot be seen.
CREATE OR REPLACE FUNCTION core_line(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = public, pg_temp AS $$
    SELECT normalize(regexp_replace(normalize(value, NFC),
        '[\u0001-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f'
        '\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff'
        '\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]'
        '|(?<![\u0600-\u061b\u061d-\u115e\u1161-\u17b3\u17b6-\u180a\u1810-\u1cff\ua800-\uabff\ufb50-\ufdff'
        '\ufe70-\ufefc])[\u200c\u200d]'
        '|[\u200c\u200d](?![\u0600-\u061b\u061d-\u115e\u1161-\u17b3\u17b6-\u180a\u1810-\u1cff\ua800-\uabff'
        '\ufb50-\ufdff\ufe70-\ufefc])', '', 'g'), NFC)
$$;
CREATE OR REPLACE FUNCTION core_is_line(value text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = public, pg_temp AS $$
    SELECT core_line(value) = value
$$;
