// Tests of the room Surroundings.
