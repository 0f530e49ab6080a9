// Tests of the room Git.
