DROP INDEX consents_by_purpose;
