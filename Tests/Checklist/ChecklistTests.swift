// Tests of the room Checklist.
