-- The request log of a month, a day a partition, and the audit records of a year. After `office_bets`.
SELECT integration_keep_partitions(current_date - 29, 1000, 36);
INSERT INTO integration_apirequest (id, received_at, request_id, tenant_id, client_id, method, path, route, status, code,
                                    microseconds, bytes_in, bytes_out)
SELECT bench_uuid7(s.at), s.at, 'req-' || s.n, p.tenant, '', CASE WHEN s.n % 4 = 0 THEN 'GET' ELSE 'POST' END, '/api/v2/bets',
       '/api/v2/bets', s.status, CASE WHEN s.status >= 500 THEN 'INTERNAL_ERROR' WHEN s.status >= 400 THEN 'LIMIT_EXCEEDED' ELSE '' END,
       5000 + s.n % 20000, 300, 700
FROM (SELECT n, now() - interval '29 days' + n * (interval '29 days' / :requests) AS at, 1 + floor(random() * :players)::int AS player,
             CASE WHEN n % 1000 = 0 THEN 503 WHEN n % 33 = 0 THEN 422 WHEN n % 4 = 0 THEN 200 ELSE 201 END AS status
      FROM generate_series(1, :requests) AS n) AS s
JOIN bench_player p ON p.n = s.player;
INSERT INTO core_auditrecord (id, occurred_at, actor, action, object_type, object_id, before, after, reason, request_id, address,
                             transaction_id)
SELECT bench_uuid7(s.at), s.at, p.username, 'change partner', 'partners.partner', p.id::text, '{"tier": "standard"}',
       '{"tier": "premium"}', 'Asked by the partner', 'office-' || s.n, '127.0.0.1', pg_current_xact_id()::text::bigint
FROM (SELECT n, now() - interval '1 year' + n * (interval '1 year' / :records) AS at FROM generate_series(1, :records) AS n) AS s
JOIN bench_partner p ON p.n = 1 + s.n % :partners;
INSERT INTO wallet_seal (number, transaction_first, transaction_end, entry_count, transfer_count, digest, sealed_at)
SELECT n, n * 100, n * 100 + 100, 100, 100, sha256(int8send(n)), now() - interval '60 days' + n * (interval '60 days' / :seals)
FROM generate_series(1::bigint, :seals) AS n;
DROP TABLE bench_bet, bench_outcome, bench_market, bench_fixture, bench_player, bench_plan, bench_tenant, bench_partner;
DROP FUNCTION bench_uuid7;
