-- Trigger function of the row history: writes down what became of a row, by whom and in which request.
--
-- Arguments of the trigger: the model's label; the column whose value names the row; an expression over $1, the row as
-- JSON, that gives the partner (or nothing); the columns whose change is told and whose values never are; the columns
-- that are of no interest. Who acts stands in the setting that `core.audit.acting` makes; without it, it is the
-- login. With its owner's rights: no process may write history by itself.
CREATE OR REPLACE FUNCTION core_note_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_before jsonb := to_jsonb(OLD);
    v_after jsonb := to_jsonb(NEW);
    v_row jsonb := coalesce(v_after, v_before);
    v_hidden text[] := TG_ARGV[3];
    v_ignored text[] := TG_ARGV[4];
    v_hidden_now jsonb := CASE TG_OP WHEN 'UPDATE' THEN '"changed"' ELSE '"hidden"' END;
    v_told_before jsonb;
    v_told_after jsonb;
    v_partner uuid;
    v_acting jsonb := nullif(current_setting('pghistory.context_metadata', true), '')::jsonb;
BEGIN
    IF TG_OP = 'UPDATE' AND v_before - v_ignored = v_after - v_ignored THEN
        RETURN NULL;
    END IF;
    SELECT jsonb_object_agg(key, CASE WHEN key = ANY (v_hidden) THEN '"hidden"' ELSE core_told(v_before -> key) END),
           jsonb_object_agg(key, CASE WHEN key = ANY (v_hidden) THEN v_hidden_now ELSE core_told(v_after -> key) END)
    INTO v_told_before, v_told_after
    FROM jsonb_object_keys(v_row) AS key
    WHERE key <> ALL (v_ignored)
      AND CASE WHEN TG_OP = 'UPDATE' THEN v_before -> key IS DISTINCT FROM v_after -> key
               ELSE v_row -> key NOT IN ('null', '""', '[]') END;
    IF TG_ARGV[2] <> '' THEN
        EXECUTE 'SELECT ' || TG_ARGV[2] INTO v_partner USING v_row;
    END IF;
    INSERT INTO core_rowchange (changed_at, kind, model, row_id, partner_id, before, after, actor, login, request_id,
                                transaction_id)
    VALUES (now(),
            CASE TG_OP WHEN 'INSERT' THEN 'added' WHEN 'UPDATE' THEN 'changed' ELSE 'removed' END,
            TG_ARGV[0], v_row ->> TG_ARGV[1], v_partner,
            CASE WHEN TG_OP <> 'INSERT' THEN v_told_before END, CASE WHEN TG_OP <> 'DELETE' THEN v_told_after END,
            left(coalesce(nullif(v_acting ->> 'actor', ''), session_user), 150), session_user,
            left(coalesce(v_acting ->> 'requestId', ''), 128), pg_current_xact_id()::text::bigint);
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION core_note_change() FROM PUBLIC;
