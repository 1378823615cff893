-- name: claim_host
-- $1 host, $2 tenant_id, $3 install_id, $4 claimed_at. No row back means that another install has the host.
INSERT INTO app_domain(host, tenant_id, install_id, claimed_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (host) DO NOTHING
RETURNING host;

-- name: give_up_host
-- $1 tenant_id, $2 install_id
DELETE FROM app_domain WHERE tenant_id = $1 AND install_id = $2;

-- name: install_of_host
-- $1 host. As registry_reader.
SELECT tenant_id, install_id FROM app_domain WHERE host = $1;
