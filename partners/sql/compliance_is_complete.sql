-- Whether all five areas of compliance are accepted for a partner.
CREATE OR REPLACE FUNCTION partners_compliance_is_complete(partner uuid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT count(*) = 5 FROM partners_compliancearea a WHERE a.partner_id = partner AND a.status = 'accepted'
$$;
