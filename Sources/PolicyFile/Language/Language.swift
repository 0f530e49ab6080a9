/// The language, section by section. The order is the order of the reference.
enum Language {
  static let version = "gatehouse/v1"

  static let policy: [Field] =
    [
      Field("apiVersion", .choice([Shape.Choice(version)]), "The version of this language.").required(),
      Field("name", .text(.id), "What the team calls the product.").required(),
      Field(
        "extends", .oneOrMany(.text(.path)),
        "Files, relative to this one, that this policy builds on; it may be stricter than they are, never laxer."),
      Field("timezone", .text(.timezone), "The zone of dates and windows.").standard("UTC"),
      Field("store", store, "Where journals, approvals and the ledger live.").standard("{ directory: .gatehouse }"),
      Field(
        "projects", .identified(.object(project)),
        "Vercel projects, deployed in this order and taken back in the reverse."),
      Field("evidence", .object(evidence), "What holds for every report."),
      Field(
        "checklist", .identified(.byWord(key: "check", checks)),
        "What must hold before a release; every line is decided."),
      Field("waivers", .identified(.object(waiver)), "Exceptions that a person accepted, each with an end.")
        .later("waivers are not applied: a finding counts as if there were none"),
      Field("approvals", .object(approvals), "Who must approve what.").later("approvals are not asked for"),
      Field("windows", .object(windows), "When a release may begin.").later("windows and freezes are not kept"),
      Field("database", .object(database), "The database that is released with the projects."),
      Field("release", .object(release), "How a release goes."),
      Field("health", .object(health), "How the release is watched, and when it is taken back."),
      Field("rollback", .object(rollback), "What belongs to a rollback beyond the projects and the database."),
      Field("alerts", .object(alerts), "Whom to tell."),
      Field("retention", .object(retention), "How long records are kept.").later("records are kept without end"),
    ]

  private static let store: Shape = .byKey([
    .init(
      "postgres", "A PostgreSQL database of its own; never the one that is being released.",
      [
        Field("postgres", .secret, "The connection URL.").required()
      ]),
    .init(
      "directory", "SQLite in a folder.",
      [Field("directory", .text(.path), "The folder, relative to the policy.").required()]),
  ])

  private static let project: [Field] = [
    Field("id", .text(.id), "The name by which the rest of the policy means this project.").required(),
    Field("path", .text(.inside), "The folder that is deployed, relative to the policy.").required(),
    Field("after", .list(.text(.id), atLeast: 0), "Projects that must be live before this one; they stand above it."),
    Field(
      "vercel",
      .object([
        Field("project", .text(.line), "Vercel's name of the project, or its prj_… id.").required(),
        Field("team", .text(.line), "The team's slug or team_… id; the token owner's own scope when not given."),
        Field("token", .secret, "Vercel's access token.").required(),
      ]), "Where the project is at Vercel."
    ).required(),
    Field("bypass", .secret, "The protection bypass of this project, sent to its hosts only."),
    Field("identity", identity, "Where a deployment says which commit it is."),
    Field("build", .oneOrMany(.text(.command)), "Commands run in `path` before the upload."),
    Field(
      "variables", .map(key: target, value: .list(.text(.environmentName), atLeast: 1)),
      "Environment variables that must exist at Vercel, by target."
    ).tightened(.grows),
    Field(
      "same-variables-as", .map(key: .id, value: .list(.text(.environmentName), atLeast: 1)),
      "Variables that must equal those of another project."
    ).tightened(.grows),
    Field("unreadable", .choice(["inconclusive", "warn"]), "What to make of a variable that Vercel lets nobody read.")
      .standard("inconclusive").tightened(.order(["warn", "inconclusive"])),
  ]

  private static let target = TextKind(
    name: "target", wanted: "production, preview or development", pattern: "^(production|preview|development)$",
    example: "production")

  private static let identity: Shape = .wordOr(
    ["none"],
    .byKey([
      .init(
        "json", "A value in a JSON document.",
        [
          Field("path", .text(.servedPath), "The document's path.").required(),
          Field("json", .text(.jsonPath), "The JSON path of the commit in it.").required(),
        ]),
      .init(
        "header", "A header of a response.",
        [
          Field("path", .text(.servedPath), "The path asked.").required(),
          Field("header", .text(.header), "The header's name.").required(),
        ]),
      .init("path", "The whole body.", [Field("path", .text(.servedPath), "The path asked.").required()]),
    ]))

  private static let evidence: [Field] = [
    Field("max-age", .text(.someTime), "The oldest report that counts.").standard("24h").tightened(.down),
    Field(
      "bind-to", .choice(["commit", "none"]),
      "Whether a report must be about the commit that is released. `none` is stamped on every verdict."
    ).standard("commit").tightened(.order(["none", "commit"])),
  ]

  private static let waiver: [Field] = [
    Field("id", .text(.id), "The waiver's name.").required(),
    Field("applies-to", .text(.id), "A line of the checklist.").required(),
    Field("finding", .text(.line), "The finding's identifier."),
    Field("reason", .text(.line), "Why it is acceptable.").required(),
    Field("owner", .text(.line), "Who answers for it.").required(),
    Field("until", .text(.date), "The first day on which it no longer holds.").required(),
  ]

  private static let approval: Shape = .object([
    Field("count", .whole(1...10), "How many people.").required().tightened(.up),
    Field("roles", .list(.text(.id), atLeast: 1), "Any of these roles.").tightened(.shrinks),
    Field("not-by", .list(.choice(["authors", "requester"]), atLeast: 1), "Who does not count.").tightened(.grows),
    Field("valid-for", .text(.someTime), "How long an approval holds.").tightened(.down),
  ])

  private static let approvals: [Field] = [
    Field("people", .text(.inside), "The file that says who they are, with their keys and roles."),
    Field("deploy", approval, "For a release."),
    Field("manual-rollback", approval, "For a rollback that a person asks for."),
    Field("restore", approval, "For restoring a snapshot."),
  ]

  private static let windows: [Field] = [
    Field(
      "deploy",
      .object([Field("weekly", .list(.text(.weekly), atLeast: 1), "Days and hours, local to `timezone`.").required()]),
      "When production may change."),
    Field(
      "migrate",
      .object([
        Field("weekly", .list(.text(.weekly), atLeast: 1), "Days and hours, local to `timezone`.").required(),
        Field("notice", .text(.duration), "How long before it must be announced.").tightened(.up),
        Field("unless", .choice(classes), "A class of migrations that needs no window."),
      ]), "When the database may be migrated."),
    Field(
      "freezes",
      .list(
        .object([
          Field("from", .text(.date), "The first moment.").required(),
          Field("until", .text(.date), "The first moment after it.").required(),
          Field("reason", .text(.line), "Why.").required(),
        ]), atLeast: 0), "When nothing goes out."),
  ]

  static let classes: [Shape.Choice] = ["additive", "needs-both-versions", "breaking", "data-losing"]

  private static let retention: [Field] = [
    Field("ledger", .text(.someTime), "The audit trail.").tightened(.up),
    Field("releases", .text(.someTime), "Journals and snapshots of releases.").tightened(.up),
    Field("logs", .text(.someTime), "Logs.").tightened(.up),
  ]
}
