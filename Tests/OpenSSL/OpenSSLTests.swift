// Tests of the room OpenSSL.
