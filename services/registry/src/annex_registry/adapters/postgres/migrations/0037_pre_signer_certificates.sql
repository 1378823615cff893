-- The certificate that made a signing key count, as it was verified at the time of publishing.
SET LOCAL ROLE registry_owner;
SET LOCAL search_path = registry;

ALTER TABLE extension_bundle
  ADD COLUMN signer_certificate jsonb,
  ADD CONSTRAINT extension_bundle_certificate_signed
    CHECK (signer_certificate IS NULL OR signer IS NOT NULL) NOT VALID;
RESET ROLE;
