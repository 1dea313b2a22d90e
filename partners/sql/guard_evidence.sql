-- Keeps documents honest: a file's facts never change, a document begins undecided, and its status takes only the
-- steps that there are. Nothing is removed.
CREATE OR REPLACE FUNCTION partners_guard_evidence() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'documents are kept: % is refused', TG_OP USING ERRCODE = 'restrict_violation';
    ELSIF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'submitted' OR NEW.reopened_at IS NOT NULL OR NEW.note <> '' THEN
            RAISE EXCEPTION 'a document begins undecided' USING ERRCODE = 'check_violation';
        END IF;
    ELSE
        IF (NEW.id, NEW.partner_id, NEW.requirement_id, NEW.file_name, NEW.size_bytes, NEW.sha256, NEW.content_type,
            NEW.issued_on, NEW.expires_on, NEW.uploaded_by, NEW.uploader, NEW.uploaded_at)
           IS DISTINCT FROM
           (OLD.id, OLD.partner_id, OLD.requirement_id, OLD.file_name, OLD.size_bytes, OLD.sha256, OLD.content_type,
            OLD.issued_on, OLD.expires_on, OLD.uploaded_by, OLD.uploader, OLD.uploaded_at) THEN
            RAISE EXCEPTION 'what was handed in stays as it was' USING ERRCODE = 'restrict_violation';
        END IF;
        IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
            ('submitted', 'accepted'), ('submitted', 'rejected'), ('submitted', 'replaced'),
            ('accepted', 'submitted'), ('accepted', 'expired'), ('accepted', 'replaced'),
            ('rejected', 'submitted'), ('rejected', 'replaced'), ('expired', 'replaced')) THEN
            RAISE EXCEPTION 'a document does not go from % to %', OLD.status, NEW.status
                USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.status = 'submitted' AND OLD.status <> 'submitted' AND (NEW.reopened_at IS NULL OR NEW.note = '') THEN
            RAISE EXCEPTION 'a reopened document says when and why' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;

DROP TRIGGER IF EXISTS documents_are_honest ON partners_evidencefile;
CREATE TRIGGER documents_are_honest BEFORE INSERT OR UPDATE OR DELETE ON partners_evidencefile
FOR EACH ROW EXECUTE FUNCTION partners_guard_evidence();
