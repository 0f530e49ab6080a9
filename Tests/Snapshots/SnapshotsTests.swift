// Tests of the room Snapshots.
