// Tests of the room Health.
