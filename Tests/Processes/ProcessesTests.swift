// Tests of the room Processes.
