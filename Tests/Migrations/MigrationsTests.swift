// Tests of the room Migrations.
