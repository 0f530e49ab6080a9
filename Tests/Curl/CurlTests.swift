// Tests of the room Curl.
