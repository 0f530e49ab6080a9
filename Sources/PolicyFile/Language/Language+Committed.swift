/// The languages of the files that are committed beside a policy, in `gatehouse/`.
extension Language {
  static let people: [Field] = [
    Field("apiVersion", .choice(["gatehouse.people/v1"]), "The version of this language.").required(),
    Field(
      "people",
      .identified(
        .object([
          Field("id", .text(.principal), "How the person is named in statements: usually the mail address.").required(),
          Field("name", .text(.line), "What people read."),
          Field("roles", .list(.text(.id), atLeast: 0), "What the person may sign for."),
          Field("keys", .list(.object(key), atLeast: 1), "The person's public keys.").required(),
          Field("from", .text(.date), "The first day, in UTC, on which the person's signatures count."),
          Field("until", .text(.date), "The first day, in UTC, on which they no longer count."),
        ])), "Everybody whose signatures count; a bot is nobody."
    ).required(),
  ]

  private static let key: [Field] = [
    Field("key", .text(.publicKey), "A line as in a .pub file.").required(),
    Field("from", .text(.date), "The first day, in UTC, on which the key counts."),
    Field("until", .text(.date), "The first day, in UTC, on which it no longer counts."),
  ]

  static let controlPack: [Field] = [
    Field("apiVersion", .choice(["gatehouse.controls/v1"]), "The version of this language.").required(),
    Field("id", .text(.id), "The pack's name.").required(),
    Field("title", .text(.line), "What people read.").required(),
    Field("jurisdiction", .text(.line), "Where it holds.").required(),
    Field("version", .text(.line), "Which edition of the pack this is.").required(),
    Field("sources", .identified(.object(source)), "Where the controls come from.").required(),
    Field("controls", .identified(.object(control)), "What must be shown.").required(),
  ]

  private static let source: [Field] = [
    Field("id", .text(.id), "The source's name.").required(),
    Field("title", .text(.prose), "The law or norm, with its date.").required(),
    Field("url", .text(.address), "Where it is published, or where it was read.").required(),
    Field("read", .text(.date), "The day on which it was read.").required(),
    Field(
      "confirmed", .flag,
      "Whether the text was held against the official publication. What was not is stamped on every verdict."
    ).required(),
    Field("how", .text(.prose), "How it was read."),
  ]

  private static let control: [Field] = [
    Field("id", .text(.id), "The control's name.").required(),
    Field("article", .text(.line), "The article, clause or control number.").required(),
    Field("text", .text(.prose), "What it asks for, in our words.").required(),
    Field("source", .text(.id), "One of the sources.").required(),
    Field("confirmed", .flag, "`false` when this article is not confirmed although its source is."),
    Field("cadence", .text(.cadence), "How often it must be shown: at each release, or at least so often.").required(),
    Field("satisfied-by", .list(.object(way), atLeast: 1), "Ways to show it; any one is enough.").required(),
    Field("notes", .text(.prose), "What a reader should know."),
  ]

  /// Lines that could show any control, and those that themselves stand on controls, are no kinds to ask for.
  private static let machineKinds = checks.map(\.name).filter { $0 != "controls" && $0 != "command" }

  private static let way: [Field] = [
    Field(
      "check", .oneOrMany(.choice(machineKinds.map { Shape.Choice($0) })),
      "Every line of each of these kinds passed, and there is one."),
    Field("line", .oneOrMany(.text(.id)), "The lines of the checklist with these ids passed."),
    Field(
      "attestation",
      .object([
        Field("by", .list(.text(.principal), atLeast: 1), "Roles, or people by their ids.").required(),
        Field("cadence", .text(.period), "How long a statement may hold; the control's own cadence when not given."),
      ]), "A person signed for it."),
  ]
}

extension TextKind {
  static let pack = TextKind(
    name: "pack", wanted: "a bundled pack's id, or the path of a pack inside the policy's folder",
    pattern: inside.pattern, example: "lgpd", maximumLength: 1024)
  static let control = TextKind(
    name: "control", wanted: "a pack's id and a control's, such as lgpd/records",
    pattern: "^[A-Za-z][A-Za-z0-9._-]*/[A-Za-z][A-Za-z0-9._-]*$", example: "lgpd/records", maximumLength: 130)
  static let prose = TextKind(
    name: "prose", wanted: "a text", pattern: "\\S", example: "Backups are restored in practice.", maximumLength: 2000)
  static let principal = TextKind(
    name: "principal", wanted: "a name without blanks (letters, digits, '.', '_', '@', '+' or '-')",
    pattern: "^[A-Za-z0-9][A-Za-z0-9._@+-]*$", example: "ana@clinic.example", maximumLength: 128)
  static let publicKey = TextKind(
    name: "public-key", wanted: "a public key as in a .pub file, such as ssh-ed25519 AAAA…",
    pattern: "^[a-z][a-z0-9@.-]* [A-Za-z0-9+/]+={0,2}( [^\\r\\n]*)?$", example: "ssh-ed25519 AAAAC3Nza ana@laptop",
    maximumLength: 8192, mayLookSecret: true)
  static let cadence = TextKind(
    name: "cadence", wanted: "release, or a time such as 365d", pattern: "^(release|[1-9][0-9]{0,5}(d|w|y))$",
    example: "release", examine: { $0 == "release" ? nil : Examining.duration($0) })
  static let period = TextKind(
    name: "period", wanted: "a time in days, weeks or years such as 365d", pattern: "^[1-9][0-9]{0,5}(d|w|y)$",
    example: "365d", examine: Examining.duration)
}
