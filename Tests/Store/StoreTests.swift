// Tests of the room Store.
