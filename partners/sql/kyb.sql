-- For how long a screening or a review of a partner holds, by its risk profile.
CREATE OR REPLACE FUNCTION partners_kyb_period(what text, risk_profile text) RETURNS interval
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
    SELECT make_interval(days => CASE what
        WHEN 'screening' THEN CASE risk_profile WHEN 'low' THEN 180 WHEN 'high' THEN 30 ELSE 90 END
        WHEN 'review' THEN CASE risk_profile WHEN 'low' THEN 1095 WHEN 'high' THEN 365 ELSE 730 END
    END)
$$;

-- When a UUIDv7 was made.
CREATE OR REPLACE FUNCTION partners_made_at(id uuid) RETURNS timestamptz
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
    SELECT to_timestamp(('x0000' || left(replace(id::text, '-', ''), 12))::bit(64)::bigint / 1000.0)
$$;

-- Who has to be screened of some partners, with what came of the latest screening of each and until when it holds:
-- the company, its present owners and directors, and those who left while a match of theirs is open or confirmed.
-- A name that has changed since is to be screened again, by the time at which the screening of the old one ends.
-- `is_matched`: the last that was decided is a confirmed match, whatever waits for a decision now.
-- `lapses_at`: from when on the lack of a clear screening stands against the partner: who is new must be screened at
-- once, a possible match be decided at once. Nothing stands against a partner of whom nobody was ever screened.
CREATE OR REPLACE FUNCTION partners_screenings(partners uuid[], at timestamptz)
RETURNS TABLE (
    partner_id uuid, subject text, owner_id uuid, director_id uuid, name text, state text, holds_until timestamptz,
    screening_id uuid, is_matched boolean, lapses_at timestamptz
)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT p.id, s.subject, s.owner_id, s.director_id, s.name, r.state,
           l.screened_at + partners_kyb_period('screening', p.risk_profile), l.id, m.is_matched,
           CASE WHEN r.state = 'possible_match' THEN l.screened_at
                WHEN l.id IS NOT NULL THEN l.screened_at + partners_kyb_period('screening', p.risk_profile)
                WHEN EXISTS (SELECT FROM partners_screening x WHERE x.partner_id = p.id)
                    THEN partners_made_at(coalesce(s.owner_id, s.director_id))
           END
    FROM partners_partner p
    CROSS JOIN LATERAL (
        SELECT 'company', NULL::uuid, NULL::uuid, p.legal_name::text, true
        UNION ALL
        SELECT 'owner', o.id, NULL, o.name, o.owner_until IS NULL
        FROM partners_beneficialowner o WHERE o.partner_id = p.id
        UNION ALL
        SELECT 'director', NULL, d.id, d.name, d.director_until IS NULL
        FROM partners_director d WHERE d.partner_id = p.id
    ) AS s (subject, owner_id, director_id, name, is_present)
    LEFT JOIN LATERAL (
        SELECT x.id, x.name, x.result, x.decision, x.screened_at
        FROM partners_screening x
        WHERE x.partner_id = p.id AND x.owner_id IS NOT DISTINCT FROM s.owner_id
            AND x.director_id IS NOT DISTINCT FROM s.director_id
        ORDER BY x.screened_at DESC, x.id DESC LIMIT 1
    ) AS l ON true
    CROSS JOIN LATERAL (
        SELECT coalesce((
            SELECT x.result = 'confirmed_match' OR x.decision = 'confirmed'
            FROM partners_screening x
            WHERE x.partner_id = p.id AND x.owner_id IS NOT DISTINCT FROM s.owner_id
                AND x.director_id IS NOT DISTINCT FROM s.director_id
                AND (x.result <> 'possible_match' OR x.decision <> '')
            ORDER BY x.screened_at DESC, x.id DESC LIMIT 1), false)
    ) AS m (is_matched)
    CROSS JOIN LATERAL (SELECT CASE
        WHEN l.id IS NULL THEN 'missing'
        WHEN l.result = 'confirmed_match' OR l.decision = 'confirmed' THEN 'confirmed_match'
        WHEN l.result = 'possible_match' AND l.decision = '' THEN 'possible_match'
        WHEN l.name <> s.name THEN 'missing'
        WHEN l.screened_at + partners_kyb_period('screening', p.risk_profile) <= at THEN 'stale'
        ELSE 'clear'
    END) AS r (state)
    WHERE p.id = ANY (partners) AND (s.is_present OR m.is_matched OR r.state = 'possible_match')
$$;

-- What of some partners held once and holds no more, and since when: the latest review, screenings, licences where
-- bets are taken; and a confirmed match, which never held.
CREATE OR REPLACE FUNCTION partners_kyb_lapses(partners uuid[], at timestamptz)
RETURNS TABLE (partner_id uuid, what text, ended_at timestamptz)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT p.id, 'review', max(v.reviewed_at) + partners_kyb_period('review', p.risk_profile)
    FROM partners_partner p JOIN partners_kybreview v ON v.partner_id = p.id
    WHERE p.id = ANY (partners)
    GROUP BY p.id
    HAVING max(v.reviewed_at) + partners_kyb_period('review', p.risk_profile) <= at
    UNION ALL
    SELECT x.partner_id, CASE WHEN x.is_matched THEN 'match' ELSE 'screening' END, min(x.lapses_at)
    FROM partners_screenings(partners, at) x
    WHERE x.is_matched OR x.lapses_at <= at
    GROUP BY 1, 2
    UNION ALL
    SELECT c.partner_id, 'licence', (min(l.last_day) + 1)::timestamp AT TIME ZONE 'UTC'
    FROM partners_company c
    CROSS JOIN LATERAL unnest(c.jurisdictions) AS j (code)
    CROSS JOIN LATERAL (
        SELECT max(coalesce(l.expires_on, 'infinity')) AS last_day FROM partners_licence l
        WHERE l.partner_id = c.partner_id AND l.jurisdiction = j.code
    ) AS l
    WHERE c.partner_id = ANY (partners) AND l.last_day < (at AT TIME ZONE 'UTC')::date
    GROUP BY c.partner_id
$$;
