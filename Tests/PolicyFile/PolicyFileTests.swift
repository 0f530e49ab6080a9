// Tests of the room PolicyFile.
