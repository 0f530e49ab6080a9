// Tests of the room Vercel.
