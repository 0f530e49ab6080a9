// Tests of the room Postgres.
