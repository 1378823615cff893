-- Which hosts an install may call, and which hosts a secret may be sent to. Nothing is allowed to what was
-- installed or set before: a tenant names hosts, or nobody does.
SET LOCAL ROLE registry_owner;
SET LOCAL search_path = registry;

ALTER TABLE tenant_extension_install ADD COLUMN egress text[] NOT NULL DEFAULT '{}';
ALTER TABLE install_state ADD COLUMN egress text[] NOT NULL DEFAULT '{}';
ALTER TABLE install_secret ADD COLUMN hosts text[] NOT NULL DEFAULT '{}';
RESET ROLE;
