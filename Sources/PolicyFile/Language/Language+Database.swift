extension Language {
  static let database: [Field] = [
    Field("url", .secret, "The connection URL, direct and not through a pooler.").required().tightened(
      .free),
    Field(
      "scratch",
      .wordOr(
        ["local"],
        .object([
          Field("url", .secret, "A server on which databases may be made and dropped.").required().tightened(.free)
        ])),
      "Where a snapshot is restored to be compared."
    ).standard("local").tightened(.free),
    Field("snapshot", .object(snapshot), "The snapshot before a migration."),
    Field(
      "exports",
      .object([
        Field(
          "tables",
          .list(
            .textOr(
              .line,
              [
                Field("table", .text(.line), "`name`, which is in the schema `public`, or `schema.name`.").required()
                  .tightened(.fixed),
                Field("columns", .list(.text(.line), atLeast: 1), "The only columns that are written.").tightened(
                  .fixed),
                Field("except", .list(.text(.line), atLeast: 1), "Columns that are left out.").tightened(.fixed),
              ]), atLeast: 1), "The tables; a text alone names one with all its columns."
        ).required().tightened(.grows)
      ]),
      "Tables written as encrypted JSON lines beside each snapshot, to the keys of `snapshot.encrypt-to`."
    ),
    Field("restore-points", .list(.byKey(restorePoints), atLeast: 1), restorePointsText).tightened(.grows),
    Field("migrations", .byWord(key: "tool", tools), "How the database is migrated."),
    Field("on-rollback", .choice(["keep", "down-if-safe", "restore"]), "What happens to the database on the way back.")
      .standard("keep").tightened(.fixed, onceSaid: true),
  ]

  private static let restorePointsText =
    "Points that the database's own platform can go back to, made before migrations; a second line, never instead of the snapshot."

  private static let restorePoints: [Shape.Variant] = [
    .init(
      "pgbackrest", "A named restore point in pgBackRest's archive.",
      [
        Field("pgbackrest", .text(.id), "The stanza.").required().tightened(.fixed),
        Field("config", .text(.path), "Its configuration file; where pgBackRest looks by itself when not given.")
          .tightened(.fixed),
        Field("repo", .whole(1...256), "The repository that must have it; any when not given.").tightened(.fixed),
        Field("wait", .text(.someTime), "How long the archive may take.").standard("2m").tightened(.fixed),
      ]),
    .init(
      "template", "A copy on the database's own server, had only while nobody is connected.",
      [
        Field("template", .text(.copyName), "What the copy's name begins with; the run's follows.").required()
          .tightened(.fixed)
      ]),
  ]

  private static let snapshot: [Field] = [
    Field(
      "to",
      .list(
        .byKey([
          .init(
            "directory", "A folder.",
            [Field("directory", .text(.path), "The folder, relative to the policy.").required().tightened(.fixed)]),
          .init(
            "s3", "S3-compatible object storage.",
            [
              Field("s3", .text(.s3), "Bucket and prefix.").required().tightened(.fixed),
              Field("region", .text(.region), "The region.").required().tightened(.fixed),
              Field("endpoint", .text(.address), "The service's address; Amazon's when not given.").tightened(.fixed),
              Field(
                "addressing", .choice(["path", "host"]),
                "Where requests name the bucket; in the host at Amazon, else in the path, when not given."
              ).tightened(.fixed),
              Field("access-key", .secret, "The access key.").required().tightened(.fixed),
              Field("secret-key", .secret, "The secret key.").required().tightened(.fixed),
              Field("session-token", .secret, "The token of keys that are lent for a while.").tightened(.fixed),
              Field(
                "lock", .text(.someTime), "How long the service refuses to remove a snapshot (Object Lock)."
              ).tightened(.up),
              Field(
                "lock-mode", .choice(["governance", "compliance"]),
                "Whether somebody with a permission for it can lift a lock early, or nobody can."
              ).standard("governance").tightened(.order(["governance", "compliance"])),
            ]),
        ]), atLeast: 1), "Where snapshots are kept."
    ).standard("[{ directory: .gatehouse/snapshots }]").tightened(.grows),
    Field("exclude", .list(.text(.line), atLeast: 0), "Schemas left out; printed each time.").tightened(.exempts),
    Field(
      "encrypt-to", .list(.text(.recipients), atLeast: 1),
      "Files with the public keys that snapshots are encrypted to: age recipients `age1…`, one a line. With `{year}`, `{quarter}`, `{month}` (two digits), `{day}` (two digits) in its path each period has a file and key of its own, by the snapshot's time in `timezone`."
    ).tightened(.fixed),
    Field(
      "identity", .secret,
      "A secret key of one of them, `AGE-SECRET-KEY-1…`, or several, one a line: only where snapshots are read again. A secret that is not set there is no error."
    ).tightened(.free),
    Field(
      "sign-with", .secret,
      "An Ed25519 private key, `-----BEGIN PRIVATE KEY-----`, that signs manifests: only where snapshots are taken."
    ).tightened(.free),
    Field(
      "signed-by", .list(.text(.inside), atLeast: 1),
      "Files with one public key each, `-----BEGIN PUBLIC KEY-----`. A snapshot whose manifest none of them has signed does not count."
    ).tightened(.fixed),
    Field(
      "canary", .text(.someTime), "Within which time such a key must have opened a snapshot, for `check: backup`."
    ).standard("7d").tightened(.down, onceSaid: true),
    Field("verify", .choice(["restore", "read"]), "How a snapshot is proven; `read` proves less.").standard("restore")
      .tightened(.order(["read", "restore"])),
    Field(
      "keep",
      .object(
        [
          ("hourly", "the newest of each hour"), ("daily", "the newest of each day"),
          ("weekly", "the newest of each week"),
          ("monthly", "the newest of each month"), ("release", "those of releases, and those that a person asked for"),
        ].map { Field($0, .text(.someTime), "How long \($1) stays.").tightened(.up) }),
      "How long snapshots are kept; without it nothing is removed. The newest proven one always stays."
    ),
    Field(
      "late-after", .text(.someTime),
      "How old the newest proven snapshot may be before people are told. What `keep` asks for says it where this does not: 2h for hourly, 30h for daily, 8d for weekly, 32d for monthly ones."
    ).tightened(.down),
    Field(
      "ping", .secret, "An address that is called after each good `snapshot run`, for a service that misses the call."
    )
    .tightened(.free),
  ]

  private static let run = Field("run", .text(.command), "The command that migrates.").required().tightened(.fixed)
  private static let down = Field(
    "down", .text(.command), "The command that takes migrations back; it finds which in `GATEHOUSE_MIGRATIONS`."
  ).tightened(.fixed)
  private static let table = Field(
    "table", .text(.relation), "The tool's own table, where it is not the usual one: `name` or `schema.name`."
  ).tightened(.fixed)

  private static let tools: [Shape.Variant] = [
    tool("sql", "Files `*.up.sql` and `*.down.sql`, run by Gatehouse.", []),
    tool("prisma", "Prisma Migrate.", [run, down]),
    tool("drizzle", "Drizzle: the folder that drizzle-kit writes.", [run, down, table]),
    tool("supabase", "Supabase: `supabase/migrations`.", [run, down]),
    tool("sqitch", "Sqitch: the folder of `sqitch.plan`.", [run, down]),
    tool("golang-migrate", "golang-migrate: `*.up.sql` and `*.down.sql`.", [run, down, table]),
    tool("goose", "goose: annotated files.", [run, down, table]),
    tool("dbmate", "dbmate: files with `migrate:up` and `migrate:down`.", [run, down, table]),
    tool("flyway", "Flyway: `V…`, `R…` and `U…` files.", [run, down, table]),
    tool("atlas", "Atlas: versioned files with their `atlas.sum`.", [run, down, table]),
    tool("alembic", "Alembic: the folder of `alembic.ini` or of the revisions.", [run, down, table]),
    tool("rails", "Rails: `db/migrate`.", [run, down, table]),
    tool(
      "command", "Any tool, through commands of the team.",
      [
        run,
        Field("pending", .text(.command), "Prints one pending migration a line.").required().tightened(.fixed),
        Field("applied", .text(.command), "Prints one applied migration a line.").required().tightened(.fixed),
        down,
      ]),
    tool(
      "liquibase", "Liquibase.", later: "migrations of liquibase are not run",
      [
        Field("run", .text(.command), "The command that migrates.").tightened(.fixed), down,
      ]),
  ]

  private static func tool(_ name: String, _ doc: String, later: String? = nil, _ fields: [Field]) -> Shape.Variant {
    .init(
      name, doc, later: later,
      [
        Field("tool", .choice([Shape.Choice(name)]), "The migration tool.").required().tightened(.fixed),
        Field("directory", .text(.inside), "The folder with the migrations, relative to the policy.").required()
          .tightened(.fixed),
      ] + fields + [
        Field("rehearse", .flag, "Whether migrations are run up and down on a restored snapshot first.").standard(
          "false"
        ).tightened(.order(["false", "true"])),
        Field("refuse", .list(.choice(classes), atLeast: 1), "Classes of migrations that are refused.").tightened(
          .grows),
        Field(
          "longest-lock", .text(.someTime),
          "The longest that migrations may stop readers or writers of a table, as seen in a rehearsal, which it asks for."
        ).tightened(.down),
        Field("then-run", .oneOrMany(.text(.command)), "Commands after the migration; they may run twice.").tightened(
          .appends),
      ])
  }

  static let release: [Field] = [
    Field(
      "budget",
      .object([
        Field("prepare", .text(.someTime), "Checklist and plan.").standard("15m").tightened(.down, onceSaid: true),
        Field("snapshot", .text(.someTime), "Snapshot and its proof.").standard("20m").tightened(.down, onceSaid: true),
        Field("migrate", .text(.someTime), "Migrations.").standard("10m").tightened(.down, onceSaid: true),
        Field("deploy", .text(.someTime), "Each project.").standard("20m").tightened(.down, onceSaid: true),
        Field("verify", .text(.someTime), "Probing what is staged.").standard("15m").tightened(.down, onceSaid: true),
        Field(
          "confirm", .text(.someTime),
          "People's confirmations, from when they are asked for; then the run is taken back."
        ).standard("30m").tightened(.down, onceSaid: true),
      ]), "How long each phase may take; a phase whose budget runs out has failed."),
    Field("stage-first", .flag, "Whether a deployment is verified on its own URL before traffic moves.").standard(
      "true"
    ).tightened(.order(["false", "true"])),
    Field("build", .choice(["before-migrate", "after-migrate"]), "Whether builds read the schema after the migration.")
      .standard("before-migrate").tightened(.fixed, onceSaid: true),
    Field(
      "traffic",
      .list(
        .object([
          Field("share", .text(.share), "The share of requests.").required().tightened(.fixed),
          Field("for", .text(.someTime), "How long it is watched before the next step.").tightened(.fixed),
          Field("approve", .text(.line), "What a person must say yes to before the next step.").tightened(.fixed),
        ]), atLeast: 1),
      "Steps in which traffic moves where the project may have Vercel's rolling releases, each watched; elsewhere it moves at once."
    ).tightened(.fixed),
    Field(
      "confirm",
      .list(
        .textOr(
          .line,
          [
            Field("id", .text(.id), "Its name on the command line.").required().tightened(.fixed),
            Field("look", .text(.line), "What to look at.").required().tightened(.fixed),
          ]), atLeast: 1),
      "Flows that a person confirms on the staged deployments before traffic moves; without an id, one is named by its place, from 1."
    ).tightened(.grows),
  ]

  static let rollback: [Field] = [
    Field(
      "compensate",
      .identified(
        .byKey([
          .init(
            "vercel-dns", "DNS records at Vercel.",
            [
              Field("id", .text(.id), "Its name.").required(),
              Field("vercel-dns", .text(.host), "The domain.").required().tightened(.fixed),
              Field(
                "records", .list(.choice(["A", "AAAA", "ALIAS", "CAA", "CNAME", "MX", "NS", "TXT"]), atLeast: 1),
                "Types of records. Names that had some before the release get them back; others are left and named."
              ).required().tightened(.grows),
              Field("project", .text(.id), "The project whose team and token are used; the first one when not given.")
                .tightened(.fixed),
            ]),
          .init(
            "vercel-cache", "Vercel's edge cache.",
            [
              Field("id", .text(.id), "Its name.").required(),
              Field("vercel-cache", .list(.text(.id), atLeast: 1), "Projects whose cached answers are thrown away.")
                .required().tightened(.grows),
            ]),
          .init(
            "files", "Files that are kept and put back.",
            [
              Field("id", .text(.id), "Its name.").required(),
              Field("files", .list(.text(.glob), atLeast: 1), "The files.").required().tightened(.grows)
                .later("files are not kept and not put back"),
              Field("run", .text(.command), "The command that puts them into use.").required().tightened(.fixed),
            ]),
          .init(
            "run", "A command.",
            [
              Field("id", .text(.id), "Its name.").required(),
              Field("run", .text(.command), "The command; it may run twice.").required().tightened(.fixed),
            ]),
        ])), "What else is undone, in this order, once traffic is back and before the database is."
    ).tightened(.grows),
    Field(
      "validate", .oneOrMany(.text(.command)),
      "Commands that must exit 0 after everything was taken back; they may run twice."
    ).tightened(.appends),
    Field("at-most", .whole(0...10), "Automatic rollbacks for each release.").standard("1").tightened(.fixed),
  ]
}
