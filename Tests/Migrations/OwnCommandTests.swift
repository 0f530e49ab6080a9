import Testing

@testable import Migrations

@Suite struct OwnCommandTests {
  @Test(arguments: [
    ("goose up", "goose up"), ("cd db && goose -v up", "goose up"), ("A=1 B='x y' goose up \"$DIR\"", "goose up"),
    ("npx --yes prisma migrate deploy --schema ./p.prisma", "npx prisma migrate deploy"),
    ("pnpm exec prisma migrate deploy", "npx prisma migrate deploy"),
    ("./node_modules/.bin/prisma migrate deploy", "npx prisma migrate deploy"),
    ("poetry run alembic upgrade head", "alembic upgrade head"),
    ("python3 -m alembic upgrade head", "alembic upgrade head"),
    ("migrate -path db -database ${DATABASE_URL} up", "migrate up"), ("bin/rails db:migrate", "bin/rails db:migrate"),
  ])
  func `the tool's own command may be run again`(command: String, usual: String) {
    // `${…}` is more than a name in most shells' hands.
    #expect(OwnCommand.isAlone(command, like: usual) == !command.contains("${"))
  }

  @Test(arguments: [
    "", " ", "./backup.sh && goose up", "goose up && ./notify.sh", "goose up; true", "goose up | tee log", "goose up &",
    "goose $(./args) up", "goose `./args` up", "goose \"$(./args)\" up", "sh -c 'goose up'", "make goose",
    "npm run goose",
    "./goose up", "scripts/goose up", "goose up\n./notify", "goose up > log", "(goose up)", "yarn goose up",
    "$TOOL goose",
    "goose 'up", "cd db goose && goose up", "&& goose up", "goose up &&", "python3 goose up",
    "if true; then goose up; fi",
    "env goose up", "goose\u{301} up", "goose up\\\nx",
  ])
  func `more than that, or what is not surely it, may not`(command: String) {
    #expect(!OwnCommand.isAlone(command, like: "goose up"))
  }
}
