/// The language, section by section. The order is the order of the reference.
enum Language {
  static let version = "gatehouse/v1"

  static let policy: [Field] =
    [
      Field("apiVersion", .choice([Shape.Choice(version)]), "The version of this language.").required().tightened(
        .fixed),
      Field("name", .text(.id), "What the team calls the product.").required().tightened(.free),
      Field(
        "extends", .oneOrMany(.text(.path)),
        "Files, relative to this one, that this policy builds on; it may be stricter than they are, never laxer."
      ).tightened(.free),
      Field("timezone", .text(.timezone), "The zone of dates and windows.").standard("UTC").tightened(
        .fixed, onceSaid: true),
      Field("store", store, "Where journals, approvals and the ledger live.").standard("{ directory: .gatehouse }")
        .tightened(.fixed),
      Field(
        "projects", .identified(.object(project)),
        "Vercel projects, deployed in this order and taken back in the reverse."
      ).tightened(.free),
      Field("evidence", .object(evidence), "What holds for every report.").standing(),
      Field(
        "checklist", .identified(.byWord(key: "check", checks)),
        "What must hold before a release; every line is decided."
      ).tightened(.grows),
      Field("waivers", .identified(.object(waiver)), "Exceptions that a person accepted, each with an end.")
        .tightened(.exempts),
      Field("approvals", .object(approvals), "Who must approve what.").later("approvals are not asked for"),
      Field("windows", .object(windows), "When a release may begin.").later("windows and freezes are not kept"),
      Field("database", .object(database), "The database that is released with the projects."),
      Field("release", .object(release), "How a release goes.").standing(),
      Field("health", .object(health), "How the release is watched, and when it is taken back."),
      Field(
        "rollback", .object(rollback), "What belongs to a rollback beyond the projects and the database."
      ).standing(),
      Field("alerts", .object(alerts), "Whom to tell."),
      Field("retention", .object(retention), "How long records are kept.").later("records are kept without end"),
    ]

  private static let store: Shape = .byKey([
    .init(
      "postgres", "A PostgreSQL database of its own; never the one that is being released.",
      [
        Field("postgres", .secret, "The connection URL.").required().tightened(.fixed)
      ]),
    .init(
      "directory", "SQLite in a folder.",
      [Field("directory", .text(.path), "The folder, relative to the policy.").required().tightened(.fixed)]),
  ])

  private static let project: [Field] = [
    Field("id", .text(.id), "The name by which the rest of the policy means this project.").required(),
    Field("path", .text(.inside), "The folder that is deployed, relative to the policy.").required().tightened(.fixed),
    Field(
      "after", .list(.text(.id), atLeast: 0),
      "Projects that must be staged, and later live, before this one; they stand above it. What nothing orders is staged side by side."
    )
    .tightened(.grows),
    Field(
      "vercel",
      .object([
        Field("project", .text(.line), "Vercel's name of the project, or its prj_… id.").required().tightened(.free),
        Field("team", .text(.line), "The team's slug or team_… id; the token owner's own scope when not given.")
          .tightened(.free),
        Field("token", .secret, "Vercel's access token.").required().tightened(.free),
      ]), "Where the project is at Vercel."
    ).required(),
    Field("bypass", .secret, "The protection bypass of this project, sent to its hosts only.").tightened(.free),
    Field("identity", identity, "Where a deployment says which commit it is.").tightened(.fixedNever("none")),
    Field(
      "source", .choice(["automatic", "directory", "prebuilt", "git"]),
      "What is deployed: the folder; the output of `vercel build`; what Vercel fetches from the connected repository. `automatic` is an output that is there, else the folder."
    ).standard("automatic").tightened(.fixed),
    Field(
      "build", .oneOrMany(.text(.command)),
      "Commands run in `path` before the upload, with the project's variables for production in their environment."
    ).tightened(.fixed),
    Field(
      "variables", .map(key: target, value: .list(.text(.environmentName), atLeast: 1)),
      "Environment variables that must exist at Vercel, by target."
    ).tightened(.grows),
    Field(
      "same-variables-as", .map(key: .id, value: .list(.text(.environmentName), atLeast: 1)),
      "Variables that must equal those of another project."
    ).tightened(.grows),
    Field(
      "shared-with-previews", .list(.text(.environmentName), atLeast: 0),
      "Variables that lead to a database, such as `DATABASE_URL`, and that previews or development may have in common with production."
    ).tightened(.exempts),
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
          Field("path", .text(.servedPath), "The document's path.").required().tightened(.fixed),
          Field("json", .text(.jsonPath), "The JSON path of the commit in it.").required().tightened(.fixed),
        ]),
      .init(
        "header", "A header of a response.",
        [
          Field("path", .text(.servedPath), "The path asked.").required().tightened(.fixed),
          Field("header", .text(.header), "The header's name.").required().tightened(.fixed),
        ]),
      .init(
        "path", "The whole body.", [Field("path", .text(.servedPath), "The path asked.").required().tightened(.fixed)]),
    ]))

  private static let evidence: [Field] = [
    Field("max-age", .text(.someTime), "The oldest report that counts.").standard("24h").tightened(.down),
    Field(
      "bind-to", .choice(["commit", "none"]),
      "Whether a report must be about the commit that is released. `none` is stamped on every verdict."
    ).standard("commit").tightened(.order(["none", "commit"])),
    Field(
      "signers", .list(.object(signer), atLeast: 1),
      "Whose signatures bind reports to the commit. With any, neither an unsigned manifest nor a report itself does."
    ).tightened(.shrinks),
    Field(
      "provenance", .list(.text(.glob), atLeast: 1),
      "Files with attestations beyond those of `collect`: in-toto statements in DSSE envelopes, alone, one a line, or in Sigstore's bundles."
    ).tightened(.grows),
    Field("sign-with", .secret, "The private key that `gatehouse collect` signs with: Ed25519, in PEM.").tightened(
      .free),
  ]

  private static let signer: [Field] = [
    Field("id", .text(.id), "How verdicts name the signer.").required(),
    Field(
      "key", .text(.inside),
      "The public key, Ed25519 or ECDSA on P-256, in PEM; read from the commit that is decided about."
    ).required().tightened(.fixed),
    Field("builder", .text(.line), "The one builder, by its URI, whose provenance the key signs; any when left out.")
      .tightened(.fixed),
  ]

  private static let waiver: [Field] = [
    Field("id", .text(.id), "The waiver's name.").required(),
    Field("applies-to", .text(.id), "A line of the checklist.").required().tightened(.fixed),
    Field(
      "finding", .text(.line),
      "A finding's id or another name of it, exactly; on other lines than `findings` there is none."
    ).tightened(.fixed),
    Field("path", .text(.glob), "Only in these files.").tightened(.fixed),
    Field("component", .text(.line), "Only in this package: a package URL, or a name with or without its version.")
      .tightened(.fixed),
    Field("reason", .text(.line), "Why it is acceptable.").required().tightened(.free),
    Field("owner", .text(.line), "Who answers for it.").required().tightened(.free),
    Field("until", .text(.date), "The first day on which it no longer holds.").required().tightened(.earlier),
  ]

  private static let approval: Shape = .object([
    Field("count", .whole(1...10), "How many people.").required().tightened(.up),
    Field("roles", .list(.text(.id), atLeast: 1), "Any of these roles.").tightened(.shrinks),
    Field("not-by", .list(.choice(["authors", "requester"]), atLeast: 1), "Who does not count.").tightened(.grows),
    Field("valid-for", .text(.someTime), "How long an approval holds.").tightened(.down),
  ])

  private static let approvals: [Field] = [
    Field("people", .text(.inside), "The file that says who they are, with their keys and roles.").tightened(.fixed),
    Field("deploy", approval, "For a release."),
    Field("manual-rollback", approval, "For a rollback that a person asks for."),
    Field("restore", approval, "For restoring a snapshot."),
    Field("policy-change", approval, "For a release in whose range the policy, packs, people or waivers change.").later(
      "such a change is shown in the plan and needs no approval of its own"),
  ]

  private static let weekly = Field(
    "weekly", .list(.text(.weekly), atLeast: 1), "Days and hours, local to `timezone`."
  ).required().tightened(.within)

  private static let windows: [Field] = [
    Field(
      "deploy", .object([weekly]),
      "When production may change."),
    Field(
      "migrate",
      .object([
        weekly,
        Field("notice", .text(.duration), "How long before it must be announced.").tightened(.up),
        Field("unless", .choice(classes), "A class of migrations that needs no window.").tightened(.exempts),
      ]), "When the database may be migrated."),
    Field(
      "freezes",
      .list(
        .object([
          Field("from", .text(.date), "The first moment.").required().tightened(.fixed),
          Field("until", .text(.date), "The first moment after it.").required().tightened(.fixed),
          Field("reason", .text(.line), "Why.").required().tightened(.free),
        ]), atLeast: 0), "When nothing goes out."
    ).tightened(.covers),
  ]

  static let classes: [Shape.Choice] = ["additive", "needs-both-versions", "breaking", "data-losing"]

  private static let retention: [Field] = [
    Field("ledger", .text(.someTime), "The audit trail.").tightened(.up),
    Field("releases", .text(.someTime), "Journals and snapshots of releases.").tightened(.up),
    Field("logs", .text(.someTime), "Logs.").tightened(.up),
  ]
}
