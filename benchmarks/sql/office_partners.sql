-- Partners with all that the office shows of them: tenants, credentials, documents, plans, statements, players. The first
-- partner is by far the greatest. Written with triggers off; every row is such that constraints and policies hold.
CREATE OR REPLACE FUNCTION bench_uuid7(p_at timestamptz) RETURNS uuid LANGUAGE sql VOLATILE AS $$
    SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) placing
        substring(int8send((extract(epoch FROM p_at) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
$$;
INSERT INTO core_currency (code, name, scale) VALUES ('EUR', 'Euro', 2), ('USD', 'US dollar', 2), ('GBP', 'Pound sterling', 2)
ON CONFLICT DO NOTHING;
INSERT INTO core_staff_user (password, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined)
SELECT '!', false, 'bench-' || role || n, initcap(role), 'Number ' || n, 'bench-' || role || n || '@staff.example', true, true, now()
FROM (VALUES ('account_manager', :managers), ('compliance', 2), ('support', 2), ('auditor', 1), ('finance_maker', 1), ('finance_checker', 1),
             ('risk', 1), ('trader', 1))
    AS r (role, count), LATERAL generate_series(1, r.count) AS n;
INSERT INTO core_staff_user_groups (staffuser_id, group_id)
SELECT u.id, g.id FROM core_staff_user u JOIN auth_group g ON u.username ~ ('^bench-' || g.name || '[0-9]+$');
CREATE UNLOGGED TABLE bench_partner AS
SELECT n, bench_uuid7(now() - interval '2 years' + n * interval '17 hours') AS id,
       bench_uuid7(now() - interval '2 years' + n * interval '17 hours') AS test,
       bench_uuid7(now() - interval '1 year' + n * interval '8 hours') AS production,
       CASE WHEN n <= :partners * 0.6 THEN 'live' ELSE
           (ARRAY['registered', 'compliance', 'credentials', 'documentation', 'development', 'testing', 'deployment',
                  'maintenance', 'declined', 'paused'])[1 + n % 10] END AS stage,
       now() - interval '2 years' + n * interval '17 hours' AS at, u.id AS manager, u.username
FROM generate_series(1, :partners) AS n
JOIN core_staff_user u ON u.username = 'bench-account_manager' || 1 + n % :managers;
INSERT INTO partners_partner (id, name, legal_name, legal_address, vat_number, country, time_zone, status, held_by, tier, risk_profile,
                              enabled_products, created_at, account_manager_id, stage, stage_since)
SELECT id, 'Partner ' || to_char(n, 'FM00000'), 'Partner ' || n || ' Ltd', '1 Example Street', 'MT' || to_char(n, 'FM00000000'),
       (ARRAY['MT', 'GB', 'DE', 'SE', 'ES'])[1 + n % 5], 'UTC', CASE WHEN n % 50 = 0 THEN 'suspended' ELSE 'active' END,
       CASE WHEN n % 50 = 0 THEN ARRAY[':'] ELSE '{}' END, CASE WHEN n % 4 = 0 THEN 'premium' ELSE 'standard' END, (ARRAY['low', 'standard', 'high'])[1 + n % 3],
       ARRAY['prematch', 'in_play'], at, manager, stage, now() - (n % 40) * interval '1 day'
FROM bench_partner;
INSERT INTO partners_onboardingmove (id, number, from_stage, to_stage, moved_by, moved_at, reason, tenant_suspended,
                                     transaction_id, partner_id)
SELECT bench_uuid7(at), 1, 'registered', stage, username, at, 'Moved on', false, 0, id FROM bench_partner WHERE stage <> 'registered';
CREATE UNLOGGED TABLE bench_tenant AS
SELECT n, test AS id, id AS partner, 'test' AS kind, at FROM bench_partner
UNION ALL SELECT n, production, id, 'production', at FROM bench_partner WHERE stage IN ('live', 'deployment', 'maintenance');
INSERT INTO partners_tenant (id, kind, status, allowed_ips, requests_per_minute, created_at, partner_id)
SELECT id, kind, 'active', CASE kind WHEN 'test' THEN '{}' ELSE ARRAY['192.0.2.0/24'] END, NULL, at, partner FROM bench_tenant;
INSERT INTO partners_tenantcurrency (id, currency_id, tenant_id) SELECT gen_random_uuid(), 'EUR', id FROM bench_tenant;
INSERT INTO partners_apiclient (client_id, redirect_uris, post_logout_redirect_uris, client_type, authorization_grant_type,
    client_secret, hash_client_secret, name, skip_authorization, created, updated, algorithm, allowed_origins,
    registration_source, id, scopes, is_active, last_used_at, tenant_id)
SELECT 'bench-' || kind || '-' || n || '-' || k, '', '', 'confidential', 'client-credentials', '', true, 'System ' || k, false, at,
       at, '', '', '', bench_uuid7(at), ARRAY['bets:read', 'bets:write'], k = 1, now(), id
FROM bench_tenant, generate_series(1, 2) AS k;
INSERT INTO partners_clientsecret (id, digest, hint, created_at, created_by, client_id)
SELECT bench_uuid7(created), sha256(uuid_send(id)), 'abcd', created, 'bench', id FROM partners_apiclient
WHERE client_id LIKE 'bench-%';
INSERT INTO partners_company (partner_id, registration_number, lei, jurisdictions, no_other_owners, updated_at)
SELECT id, 'C' || n, '', ARRAY['MT'], true, at FROM bench_partner;
INSERT INTO partners_contact (id, name, role, email, phone, is_primary, is_active, partner_id)
SELECT bench_uuid7(at), 'Contact ' || k, (ARRAY['management', 'technical', 'compliance'])[k],
       'contact' || k || '@partner' || n || '.example', '', k = 1, true, id
FROM bench_partner, generate_series(1, 3) AS k;
INSERT INTO partners_compliancearea (id, area, status, decided_by, decided_at, reason, partner_id)
SELECT bench_uuid7(p.at), a.area, CASE WHEN p.stage IN ('registered', 'compliance') THEN 'in_review' ELSE 'accepted' END,
       'bench-compliance1', p.at, '', p.id
FROM bench_partner p, unnest(ARRAY['data_protection', 'aml', 'kyc', 'responsible_gambling', 'local_licence']) AS a (area);
INSERT INTO partners_evidencefile (id, partner_id, requirement_id, file_name, size_bytes, sha256, content_type, expires_on,
                                   uploaded_by, uploader, uploaded_at, status, decided_by, decided_at, note)
SELECT bench_uuid7(p.at), p.id, r.id, r.document_type || '.pdf', 50000, encode(sha256(uuid_send(gen_random_uuid())), 'hex'),
       'application/pdf', current_date + (p.n % 700), 'bench', 'staff', p.at + interval '1 day',
       CASE WHEN p.stage IN ('registered', 'compliance') THEN 'submitted' ELSE 'accepted' END,
       CASE WHEN p.stage IN ('registered', 'compliance') THEN '' ELSE 'bench-compliance1' END,
       CASE WHEN p.stage IN ('registered', 'compliance') THEN NULL ELSE p.at + interval '3 days' END, ''
FROM bench_partner p JOIN partners_compliancerequirement r ON r.jurisdiction = '*' AND r.is_active;
INSERT INTO risk_limit (id, kind, vip, amount, updated_at, partner_id)
SELECT bench_uuid7(at), k, false, 1000 + n, at, id FROM bench_partner, unnest(ARRAY['max_bet', 'daily_stake']) AS k WHERE n % 2 = 0;
CREATE UNLOGGED TABLE bench_plan AS SELECT bench_uuid7(at) AS id, n, id AS tenant, at FROM bench_tenant WHERE kind = 'production';
INSERT INTO settlement_plan (id, kind, version, rate, payer, valid_from, created_at, currency_id, tenant_id)
SELECT id, 'revenue_share', 1, 0.15, 'platform', at::date, at, 'EUR', tenant FROM bench_plan;
INSERT INTO settlement_statement (id, number, period_start_date, period_end_date, time_zone, status, revenue, total, drafted_at,
                                  submitted_at, approved_at, issued_at, prepared_by_id, approved_by_id, currency_id, tenant_id,
                                  plan, parties)
SELECT bench_uuid7(m.month), 'B' || p.n || '-' || to_char(m.month, 'YYYYMM'), m.month::date, (m.month + interval '1 month')::date,
       'UTC', CASE WHEN m.k = 0 THEN 'draft' ELSE 'issued' END, 1000, 150, m.month + interval '1 month',
       m.submitted_at, m.submitted_at + interval '1 day', m.submitted_at + interval '2 days', m.maker, m.checker, 'EUR', p.tenant,
       '{}', '{}'
FROM bench_plan p, LATERAL (
    SELECT k, month, CASE WHEN k > 0 THEN month + interval '31 days' END AS submitted_at,
           (SELECT id FROM core_staff_user WHERE k > 0 AND username = 'bench-finance_maker1') AS maker,
           (SELECT id FROM core_staff_user WHERE k > 0 AND username = 'bench-finance_checker1') AS checker
    FROM (SELECT k, date_trunc('month', now()) - k * interval '1 month' AS month FROM generate_series(0, 11) k)) AS m;
INSERT INTO partners_exchangerate (id, valid_date, rate, source, created_at, created_by, base_id, quote_id)
SELECT bench_uuid7(d), d::date, 1.1, 'ECB', d, 'bench', 'EUR', q
FROM generate_series(now() - interval '700 days', now() - interval '1 day', interval '1 day') AS d, unnest(ARRAY['USD', 'GBP']) AS q
ON CONFLICT DO NOTHING;
INSERT INTO approvals_approvalrequest (id, kind, subject_type, subject_id, partner_id, title, payload, payload_digest, revision,
    reason, status, requested_at, expires_at, decided_at, decided_digest, decision_note, closed_at, executed_at, failure,
    decided_by_id, requested_by_id)
SELECT bench_uuid7(now() - k * interval '1 day' + p.n * interval '1 minute'), 'production_credentials', 'partners.apiclient',
       gen_random_uuid()::text, p.id, 'Production credentials of partner ' || p.n, '{"present": null, "proposed": {"name": "System"}}',
       repeat('a', 64), 1, 'Wanted', CASE WHEN k = 0 THEN 'pending' ELSE 'rejected' END, now() - k * interval '1 day',
       now() - (k - 3) * interval '1 day', CASE WHEN k > 0 THEN now() - k * interval '1 day' END,
       CASE WHEN k > 0 THEN repeat('a', 64) END, CASE WHEN k = 0 THEN '' ELSE 'Not yet' END,
       CASE WHEN k > 0 THEN now() - k * interval '1 day' END, NULL, '', CASE WHEN k > 0 THEN c.id END, p.manager
FROM bench_partner p, generate_series(0, 2) AS k, core_staff_user c WHERE c.username = 'bench-compliance1';
CREATE UNLOGGED TABLE bench_player AS
SELECT drawn.n, bench_uuid7(now() - interval '300 days' + drawn.n * (interval '240 days' / :players)) AS id, NULL::uuid AS account,
       t.id AS tenant, now() - interval '300 days' + drawn.n * (interval '240 days' / :players) AS at
FROM (SELECT n, CASE WHEN n % 5 = 0 THEN 1 ELSE 2 + floor(power(random(), 2) * (:partners * 0.6 - 2))::int END AS partner
      FROM generate_series(1, :players) AS n) AS drawn
JOIN bench_tenant t ON t.n = drawn.partner AND t.kind = 'production';
UPDATE bench_player SET account = bench_uuid7(at);
INSERT INTO wallet_player (id, reference, country, time_zone, vip, status, suspended_by_partner, kyc_status, name, email, birth_date, created_at,
                           currency_id, tenant_id)
SELECT id, 'P' || n, 'MT', '', n % 100 = 0, CASE WHEN n % 200 = 0 THEN 'suspended' ELSE 'active' END, n % 200 = 0,
       CASE WHEN n % 10 = 0 THEN 'pending' ELSE 'verified' END, 'Player ' || n, 'player' || n || '@players.example',
       '1990-01-01', at, 'EUR', tenant
FROM bench_player ORDER BY n;
INSERT INTO wallet_account (id, kind, currency_id, tenant_id, player_id)
SELECT account, 'available', 'EUR', tenant, id FROM bench_player ORDER BY n;
INSERT INTO wallet_account (id, kind, currency_id, tenant_id)
SELECT bench_uuid7(at), k, 'EUR', id FROM bench_tenant, unnest(ARRAY['stakes_open', 'revenue_stakes', 'revenue_payouts']) AS k;
