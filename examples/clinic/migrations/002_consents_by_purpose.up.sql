CREATE INDEX consents_by_purpose ON consents (purpose) WHERE withdrawn_at IS NULL;
