DROP TABLE bench_bet, bench_player;
DROP FUNCTION bench_uuid7;
INSERT INTO risk_dailystake (tenant_id, player_id, day, stake)
SELECT tenant_id, player_id, limit_day, sum(limit_stake) FROM sportsbook_bet WHERE reference LIKE 'G%'
GROUP BY tenant_id, player_id, limit_day;
