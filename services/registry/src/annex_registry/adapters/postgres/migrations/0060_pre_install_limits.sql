-- What the platform's operator allows one install, in place of the platform's defaults; null is nothing of its own.
SET LOCAL ROLE registry_owner;
SET LOCAL search_path = registry;

ALTER TABLE tenant_extension_install
  ADD COLUMN limits jsonb CHECK (jsonb_typeof(limits) = 'object' AND octet_length(limits::text) <= 4096);
RESET ROLE;
