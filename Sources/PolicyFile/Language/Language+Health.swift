extension Language {
  static let health: [Field] = [
    Field("every", .text(.someTime), "The time between two samples of a probe.").standard("30s").tightened(.down),
    Field("jitter", .text(.jitter), "The share of `every` by which a sample is moved at random.").standard("10%")
      .tightened(.free),
    Field("for", .text(.someTime), "How long the release is watched.").standard("30m").tightened(.up),
    Field(
      "then",
      .object([
        Field("every", .text(.someTime), "The time between two samples.").required().tightened(.down),
        Field("for", .text(.someTime), "How long.").required().tightened(.up),
      ]), "A slower watch after it."
    ).later("there is no watch after the strict part"),
    Field("rollback-after", .whole(1...100), "Unwell samples of one probe in a row that take the release back.")
      .standard("3").tightened(.down),
    Field(
      "control", .choice(["previous-deployment", "none"]),
      "What is probed beside the release in the same moment. When both are unwell it is not the release, and nothing is taken back."
    ).standard("previous-deployment").tightened(.fixed, onceSaid: true),
    Field(
      "vantage-points",
      .identified(
        .object([
          Field("id", .text(.id), "Its name.").required(),
          Field("proxy", .secret, "The proxy it is reached through; none for the runner itself.").tightened(.free),
        ])), "From where it is probed."
    ).later("everything is probed from the runner").tightened(.free),
    Field("quorum", .whole(1...100), "How many vantage points must agree.").standard("1").later(
      "there is one vantage point, and it decides"
    ).tightened(.fixed),
    Field("probes", .identified(.byKey(probes)), "What is asked of the release.").tightened(.grows),
    Field("prometheus", .secret, "The address of a Prometheus server.").later("metrics are not read").tightened(.free),
    Field("metrics", .identified(.byKey(metrics)), "Figures that are watched.").later("metrics are not judged")
      .tightened(
        .grows),
  ]

  private static let methods: Shape = .choice(["GET", "HEAD", "POST", "OPTIONS"])

  private static let probes: [Shape.Variant] = [
    probe(
      "project", "A path of a project, on production and on the staged deployment.",
      [
        Field("project", .text(.id), "The project.").required().tightened(.fixed),
        Field("path", .text(.servedPath), "The path asked.").required().tightened(.fixed),
        Field("method", methods, "The method.").standard("GET").tightened(.fixed),
      ], expect: http),
    probe(
      "url", "A full address; production's only.",
      [
        Field("url", .text(.address), "The address.").required().tightened(.fixed),
        Field("method", methods, "The method.").standard("GET").tightened(.fixed),
      ], expect: http),
    probe(
      "sql", "A query of the database.",
      [
        Field("sql", .text(.query), "The query; its first column of the first row is judged.").required().tightened(
          .fixed)
      ],
      expect: [
        latency,
        Field("value", LimitForm.either(.number), "What the figure must be.").tightened(.limit),
      ]),
    probe(
      "tls", "The certificate of a server.",
      [
        Field("tls", .text(.hostPort), "Host and port.").required().tightened(.fixed)
      ],
      expect: [
        latency,
        Field("expires-in", LimitForm.atLeast(.duration), "How long the certificate must still be valid.").tightened(
          .limit),
      ]),
  ]

  private static let latency = Field("latency", LimitForm.atMost(.duration), "How long the answer may take.").tightened(
    .limit)

  private static let http: [Field] = [
    Field("status", .oneOrMany(.whole(100...599)), "The status codes that are good.").standard("200 to 299").tightened(
      .shrinks),
    latency,
    Field("content-type", .text(.mediaType), "The media type; parameters after it do not count.").tightened(.fixed),
    Field("headers", .map(key: .header, value: .text(.line)), "Headers and the values they must have.").tightened(
      .shrinks),
    Field("json", .map(key: .jsonPath, value: .oneOrMany(.anyScalar)), "JSON paths and the values that are good.")
      .tightened(.shrinks),
    Field("contains", .text(.line), "A text that the body must contain.").tightened(.fixed),
  ]

  private static func probe(_ name: String, _ doc: String, _ fields: [Field], expect: [Field]) -> Shape.Variant {
    .init(
      name, doc,
      [Field("id", .text(.id), "The probe's name.").required()] + fields + [
        Field("expect", .object(expect), "What a good answer looks like; what is not said is not asked."),
        Field("severity", .choice(["critical", "warning"]), "Whether it can take the release back.").standard(
          "critical"
        ).tightened(.order(["warning", "critical"])),
        Field("timeout", .text(.someTime), "How long to wait for an answer.").standard("10s").tightened(.down),
      ])
  }

  private static let metrics: [Shape.Variant] = [
    metric("query", "A query of Prometheus."), metric("sql", "A query of the database."),
  ]

  private static func metric(_ name: String, _ doc: String) -> Shape.Variant {
    .init(
      name, doc,
      [
        Field("id", .text(.id), "The figure's name.").required(),
        Field(name, .text(.query), doc).required().tightened(.fixed),
        Field("unit", .choice(["ratio", "seconds", "count", "bytes"]), "What the figure is.").required().tightened(
          .fixed),
        Field("warning", LimitForm.bad(.free), "Where it stops being good.").tightened(.badLimit),
        Field("critical", LimitForm.bad(.free), "Where it is bad.").tightened(.badLimit),
        Field("on-critical", .choice(["rollback", "alert"]), "What follows.").standard("alert").tightened(
          .order(["alert", "rollback"])),
        Field("on-no-data", .choice(["warn", "rollback", "ignore"]), "What follows when there is no figure.").standard(
          "warn"
        ).tightened(.order(["ignore", "warn", "rollback"])),
      ])
  }

  static let alerts: [Field] = [
    Field(
      "business-hours",
      .object([Field("weekly", .list(.text(.weekly), atLeast: 1), "Days and hours.").required().tightened(.fixed)]),
      "When people are at work."
    ).later("business hours are not kept"),
    Field("channels", .identified(.byKey(channels)), "How people are told; `dashboard` is always there.")
      .tightened(.free),
    Field("rules", .identified(.object(alertRule)), "What is told to whom.").later(
      "alert rules are not applied: every channel is told how a run ended"
    ).tightened(.grows),
    Field(
      "escalation",
      .list(
        .object([
          Field("level", .whole(1...10), "The level.").required().tightened(.fixed),
          Field("notify", .list(.text(.id), atLeast: 1), "Channels.").required().tightened(.grows),
          Field("after", .text(.duration), "How long nobody has answered.").required().tightened(.fixed),
        ]), atLeast: 1), "Who is told when nobody answers."
    ).later("nothing is escalated").tightened(.fixed),
  ]

  private static let channels: [Shape.Variant] = [
    channel(
      "webhook", "A signed webhook (Standard Webhooks).",
      [Field("secret", .secret, "The signing secret.").required().tightened(.free)]),
    channel(
      "smtp", "Mail.",
      [
        Field("to", .list(.text(.mail), atLeast: 1), "Recipients.").required().tightened(.free),
        Field("from", .text(.mail), "The sender; the URL's `from` when not given.").tightened(.free),
      ]),
    channel("slack", "Slack.", later: true, []),
    channel(
      "twilio", "Text messages.", later: true,
      [Field("to", .list(.text(.phone), atLeast: 1), "Numbers.").required().tightened(.free)]),
    channel("pagerduty", "PagerDuty.", later: true, []),
  ]

  private static func channel(_ name: String, _ doc: String, later: Bool = false, _ fields: [Field]) -> Shape.Variant {
    .init(
      name, doc, later: later ? "nothing is sent through \(name)" : nil,
      [
        Field("id", .text(.id), "The channel's name.").required(),
        Field(name, .secret, "Its address, with the credentials in it.").required().tightened(.free),
      ] + fields)
  }

  private static let alertRule: [Field] = [
    Field("id", .text(.id), "The rule's name.").required(),
    Field(
      "when",
      .object([
        Field("consecutive-failures", LimitForm.bad(.count("samples")), "Unwell samples in a row.").tightened(
          .badLimit),
        Field("probe", .text(.id), "A probe.").tightened(.fixed),
        Field("metric", .text(.id), "A metric.").tightened(.fixed),
        Field("latency", LimitForm.bad(.duration), "Its latency.").tightened(.badLimit),
        Field("expires-in", LimitForm.bad(.duration), "How long its certificate is still valid.").tightened(.badLimit),
        Field("value", LimitForm.bad(.free), "Its figure.").tightened(.badLimit),
      ]), "What is bad."
    ).required(),
    Field("severity", .choice(["critical", "warning"]), "How bad.").required().tightened(
      .order(["warning", "critical"])),
    Field("notify", .list(.text(.id), atLeast: 1), "Channels.").required().tightened(.grows),
    Field(
      "respond",
      .object([
        Field("within", .text(.duration), "How soon somebody should answer.").required().tightened(.down),
        Field("during", .choice(["business-hours", "always"]), "When.").standard("always").tightened(
          .order(["business-hours", "always"])),
      ]), "What is expected of people."),
  ]
}
