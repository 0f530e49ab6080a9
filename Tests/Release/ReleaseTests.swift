// Tests of the room Release.
