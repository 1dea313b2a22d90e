-- The first migration that installs this file comes before some of the tables that it reads.
SET LOCAL check_function_bodies = off;

-- The facts that the steps of onboarding require, each with whether it holds for each of the partners named.
--
-- Runs with its owner's rights, since a partner may know what it misses of both of its tenants and of its company,
-- while row-level security shows the API process one tenant and none of the company's rows. That process is told of
-- its own tenant's partner alone, and of no row's content.
CREATE OR REPLACE FUNCTION partners_onboarding_facts(partners uuid[])
RETURNS TABLE (partner_id uuid, fact text, is_met boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT p.id, f.fact, coalesce(f.is_met, false)
    FROM partners_partner p
    LEFT JOIN partners_company c ON c.partner_id = p.id
    LEFT JOIN partners_tenant test ON test.partner_id = p.id AND test.kind = 'test'
    LEFT JOIN partners_tenant production ON production.partner_id = p.id AND production.kind = 'production'
    CROSS JOIN LATERAL (VALUES
        ('account_manager', p.account_manager_id IS NOT NULL),
        ('company', '' NOT IN (p.legal_name, p.legal_address, c.registration_number)
            AND cardinality(c.jurisdictions) > 0),
        ('primary_contact', EXISTS (
            SELECT FROM partners_contact o WHERE o.partner_id = p.id AND o.is_primary)),
        ('owners', c.no_other_owners OR (
            SELECT sum(o.share_percent) > 75 FROM partners_beneficialowner o
            WHERE o.partner_id = p.id AND o.owner_until IS NULL)),
        ('kyc', EXISTS (
            SELECT FROM partners_compliancearea a
            WHERE a.partner_id = p.id AND a.area = 'kyc' AND a.status = 'accepted')),
        ('test_credentials', EXISTS (
            SELECT FROM partners_apiclient a JOIN partners_clientsecret s ON s.client_id = a.id
            WHERE a.tenant_id = test.id AND a.is_active AND s.revoked_at IS NULL
                AND (s.expires_at IS NULL OR s.expires_at > now()))),
        ('technical_contact', EXISTS (
            SELECT FROM partners_contact o
            WHERE o.partner_id = p.id AND o.role = 'technical' AND o.is_active)),
        -- Counted within seconds from the request log, where fetching a token counts as no call; the figures by the
        -- day are kept when the log is forgotten.
        ('api_called', EXISTS (
            SELECT FROM reporting_dailyrequests r
            WHERE r.tenant_id = test.id AND r.requests > r.refused + r.failed)),
        ('compliance', partners_compliance_is_complete(p.id)),
        ('certification', EXISTS (
            SELECT FROM partners_certification e
            WHERE e.partner_id = p.id AND e.countersigned_at IS NOT NULL AND e.withdrawn_at IS NULL)),
        ('directors', EXISTS (
            SELECT FROM partners_director d WHERE d.partner_id = p.id AND d.director_until IS NULL)),
        ('sanctions', NOT EXISTS (
            SELECT FROM partners_screenings(ARRAY[p.id], now()) x WHERE x.state <> 'clear')),
        ('bank_account', EXISTS (
            SELECT FROM partners_bankaccount b
            WHERE b.partner_id = p.id AND b.ended_at IS NULL AND b.verified_at IS NOT NULL
                AND b.verified_name = p.legal_name)),
        ('processor_contract', EXISTS (
            SELECT FROM partners_processorcontract k WHERE k.partner_id = p.id AND k.ended_at IS NULL)),
        ('kyb_review', EXISTS (
            SELECT FROM partners_kybreview v
            WHERE v.partner_id = p.id
                AND v.reviewed_at + partners_kyb_period('review', p.risk_profile) > now())),
        ('licences', cardinality(c.jurisdictions) > 0 AND NOT EXISTS (
            SELECT FROM unnest(c.jurisdictions) j (code)
            WHERE NOT EXISTS (
                SELECT FROM partners_licence l
                WHERE l.partner_id = p.id AND l.jurisdiction = j.code
                    AND (l.expires_on IS NULL OR l.expires_on >= (now() AT TIME ZONE 'UTC')::date)))),
        ('production_tenant', production.status = 'active' AND cardinality(production.allowed_ips) > 0),
        ('production_credentials', EXISTS (
            SELECT FROM partners_apiclient a JOIN partners_clientsecret s ON s.client_id = a.id
            WHERE a.tenant_id = production.id AND a.is_active AND s.revoked_at IS NULL
                AND (s.expires_at IS NULL OR s.expires_at > now())))
    ) AS f (fact, is_met)
    WHERE p.id = ANY (partners)
        AND (session_user <> 'b2b_api' OR p.id = (
            SELECT t.partner_id FROM partners_tenant t
            WHERE t.id = nullif(current_setting('app.tenant_id', true), '')::uuid))
$$;
REVOKE ALL ON FUNCTION partners_onboarding_facts(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION partners_onboarding_facts(uuid[]) TO b2b_api, b2b_office, b2b_jobs;

-- What a step requires and what does not hold; null where there is no such step. Two requirements are not facts of
-- the partner alone: a partner goes on from a pause where it was (`return`), and only a job, never a member of
-- staff, takes over a partner that was live before its onboarding was recorded (`takeover`).
CREATE OR REPLACE FUNCTION partners_onboarding_missing(partner uuid, stage_left text, stage_entered text)
RETURNS text[]
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT array(
        SELECT r.fact
        FROM unnest(t.requires) WITH ORDINALITY r (fact, position)
        LEFT JOIN partners_onboarding_facts(ARRAY[partner]) f ON f.fact = r.fact
        WHERE NOT coalesce(
            CASE r.fact
                WHEN 'takeover' THEN session_user IN ('b2b_jobs', 'b2b_owner')
                WHEN 'return' THEN (
                    SELECT m.from_stage = stage_entered FROM partners_onboardingmove m
                    WHERE m.partner_id = partner ORDER BY m.number DESC LIMIT 1)
                ELSE f.is_met
            END, false)
        ORDER BY r.position)
    FROM partners_onboardingtransition t
    WHERE t.from_stage = stage_left AND t.to_stage = stage_entered
$$;

SET LOCAL check_function_bodies = on;
