-- A document that is handed in puts its area up for review, unless it is accepted or in review already, or is for a
-- place where the partner takes no bets yet. With its owner's rights: the API process may hand documents in, and may
-- not write a verdict.
CREATE OR REPLACE FUNCTION partners_note_evidence() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO partners_compliancearea AS a (id, partner_id, area, status, decided_by, reason)
    SELECT core_uuid7(), NEW.partner_id, r.area, 'submitted', '', ''
    FROM partners_compliancerequirement r
    WHERE r.id = NEW.requirement_id AND (r.jurisdiction = '*' OR EXISTS (
        SELECT FROM unnest(partners_jurisdictions(NEW.partner_id)) j (code)
        WHERE j.code = r.jurisdiction OR j.code LIKE r.jurisdiction || '-%'))
    ON CONFLICT (partner_id, area) DO UPDATE
    SET status = 'submitted', decided_by = '', decided_at = NULL, reason = ''
    WHERE a.status NOT IN ('accepted', 'in_review', 'submitted');
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION partners_note_evidence() FROM PUBLIC;

DROP TRIGGER IF EXISTS a_document_asks_for_review ON partners_evidencefile;
CREATE TRIGGER a_document_asks_for_review AFTER INSERT ON partners_evidencefile
FOR EACH ROW EXECUTE FUNCTION partners_note_evidence();
