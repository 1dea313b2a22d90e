-- Trigger function: in the office nobody changes alone what bets were settled by. A further result of a fixture
-- that was settled, by more than a rehearsal, needs a request approved by a second person.
CREATE OR REPLACE FUNCTION sportsbook_guard_result() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF current_user = 'b2b_office' AND EXISTS (
        SELECT FROM sportsbook_result s JOIN sportsbook_fixture f ON f.id = s.fixture_id
        WHERE s.fixture_id = NEW.fixture_id AND NOT s.rehearsal AND s.number <= f.settled_number
    ) AND NOT EXISTS (
        SELECT FROM approvals_approvalrequest r
        WHERE r.kind = 'resettlement' AND r.subject_type = 'sportsbook.fixture'
            AND r.subject_id = NEW.fixture_id::text AND r.status = 'approved' AND r.executed_at IS NULL
            AND (r.payload -> 'proposed' ->> 'homeScore')::int IS NOT DISTINCT FROM NEW.home
            AND (r.payload -> 'proposed' ->> 'awayScore')::int IS NOT DISTINCT FROM NEW.away
    ) THEN
        RAISE EXCEPTION 'what was settled is settled anew by two people' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
