// Tests of the room JSONText.
