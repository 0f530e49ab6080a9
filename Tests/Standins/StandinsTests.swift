// Tests of the room Standins.
