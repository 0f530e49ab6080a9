extension Language {
  /// One line of the checklist, by the word at `check`. A kind with `later` reports inconclusive in its own line.
  static let checks: [Shape.Variant] = [
    check(
      "tests", "Test reports.",
      [
        reports("JUnit reports.", mixed: true),
        Field("examined", LimitForm.atLeast(.count("tests")), "How many tests must have run.").tightened(.limit),
      ]),
    check(
      "coverage",
      "Coverage reports (LCOV, Cobertura, JaCoCo, Clover, Istanbul, llvm-cov, Go, coverage.py, SimpleCov).",
      [
        reports("Coverage reports.", mixed: true),
        Field("lines", LimitForm.atLeast(.share), "The share of lines covered.").tightened(.limit),
        Field("branches", LimitForm.atLeast(.share), "The share of branches covered.").tightened(.limit),
        Field("functions", LimitForm.atLeast(.share), "The share of functions covered.").tightened(.limit),
        Field("statements", LimitForm.atLeast(.share), "The share of statements covered, where the format counts them.")
          .tightened(.limit),
        Field("changed-lines", LimitForm.atLeast(.share), "The share covered of the lines that are new.").tightened(
          .limit),
        Field(
          "changed-since", .text(.line),
          "The branch that this one left: lines are new since then, not since the commit in production."
        ).standard("production").tightened(.fixed),
        Field(
          "paths",
          .list(
            .object([
              Field("match", .list(.text(.glob), atLeast: 1), "The measured files that it asks this of.").required()
                .tightened(.fixed),
              Field("lines", LimitForm.atLeast(.share), "The share of their lines covered.").tightened(.limit),
              Field("branches", LimitForm.atLeast(.share), "The share of their branches covered.").tightened(.limit),
              Field("functions", LimitForm.atLeast(.share), "The share of their functions covered.").tightened(.limit),
              Field("statements", LimitForm.atLeast(.share), "The share of their statements covered.").tightened(
                .limit),
            ]), atLeast: 1), "What is asked of some of the files, beside what is asked of all."
        ).tightened(.grows),
        Field("examined", LimitForm.atLeast(.count("lines")), "How many lines must have been measured.").tightened(
          .limit),
        Field("exclude", .list(.text(.glob), atLeast: 0), "Files that do not count.").tightened(.fixed),
      ]),
    check(
      "findings", "Reports of scanners (SARIF).",
      [
        reports("Scanners' reports."),
        Field(
          "limits",
          .object(
            ["critical", "high", "medium", "low", "any"].map { severity in
              Field(
                severity, LimitForm.atMost(.count("findings")),
                severity == "any" ? "Findings of all severities together." : "Findings of severity \(severity)."
              ).tightened(.limit)
            }),
          "How many findings are acceptable; a severity not named is not limited, an unknown one counts as critical."
        ).required(),
        Field(
          "severity-by", .choice(["standard", "cvss", "tool"]),
          "What a finding's severity is taken from: as each format is read, the CVSS score alone, or the tool's own level alone. Without it the severity is unknown."
        ).standard("standard").tightened(.fixed),
        Field(
          "paths", .list(.text(.glob), atLeast: 1),
          "Only findings in these files count, and those of which no file is known."
        ).tightened(.confines),
        Field("exclude-paths", .list(.text(.glob), atLeast: 1), "Findings in these files do not count.").tightened(
          .exempts),
        Field(
          "unfixed", .choice(["count", "ignore"]),
          "Whether findings count that nothing can be done about today, as the tool says."
        ).standard("count").tightened(.order(["ignore", "count"])),
        Field("only-new", .flag, "Whether only findings count that an earlier scan did not have.").standard("false")
          .tightened(.order(["true", "false"])),
        Field(
          "baseline", .wordOr(["last-release"], .list(.text(.glob), atLeast: 1)),
          "What the earlier scan had: committed reports, or what the last release was decided with; without it the reports must say themselves what is new."
        ).tightened(.exempts),
        Field(
          "formats", .list(.choice(findingFormats), atLeast: 1),
          "The formats of the reports. An empty file counts as a clean run only of a tool that is named here, and only where `gatehouse collect` saw it end well."
        ).tightened(.exempts),
        Field(
          "exceptions", .list(.text(.glob), atLeast: 1),
          "Committed VEX documents (OpenVEX, CycloneDX, CSAF) that say which findings do not apply."
        ).tightened(.exempts),
        Field(
          "products", .list(.text(.line), atLeast: 1),
          "What was scanned, by the names that VEX documents call it: package URLs, CPEs, names."
        ).tightened(.exempts),
      ]),
    check(
      "command", "A command that must exit 0.",
      [
        Field("run", .oneOrMany(.text(.command)), "One `sh -c` command, or several in order.").required().tightened(
          .appends),
        Field("timeout", .text(.someTime), "How long it may take.").standard("10m").tightened(.down),
      ]),
    check(
      "changed-together", "Files that must change along with others.",
      [
        Field("changed", .list(.text(.glob), atLeast: 1), "When one of these changed since the commit in production,")
          .required().tightened(.grows),
        Field("needs", .list(.text(.glob), atLeast: 1), "one of these must have changed too.").required().tightened(
          .shrinks),
      ]),
    check(
      "source", "The commit that is released.",
      [
        Field("branch", .text(.line), "The branch that must hold the commit.").tightened(.fixed),
        Field("clean", .flag, "Whether the working copy must have no changes.").standard("false").tightened(
          .order(["false", "true"])),
        Field("up-to-date", .flag, "Whether the commit must be the newest of its branch at the remote.").standard(
          "false"
        ).tightened(.order(["false", "true"])),
      ]),
    check("vercel-projects", "Projects as Vercel knows them.", []),
    check("environment-variables", "Environment variables at Vercel.", []),
    check("migrations", "Migrations as the database knows them.", []),
    check(
      "backup", "A recent snapshot that was restored and compared.",
      [
        Field("verified-within", .text(.someTime), "The age of the newest proven snapshot.").required().tightened(.down)
      ]),
    check(
      "rollback-plan", "A written way back, practised.",
      [
        Field("document", .text(.inside), "The document.").tightened(.fixed),
        Field("drill-within", .text(.someTime), "The age of the last drill.").tightened(.down),
      ]),
    review,
    check(
      "controls", "Controls of laws and norms, shown by the other lines of this checklist or signed for by people.",
      [
        Field("packs", .list(.text(.pack), atLeast: 1), "Control packs: ids of bundled ones, or committed files.")
          .required().tightened(.grows),
        Field("attestations", .list(.text(.glob), atLeast: 1), "Signed statements of people.").tightened(.shrinks),
        Field("people", .text(.inside), "The committed file that says whose signatures count, with keys and roles.")
          .standard("gatehouse/people.yml").tightened(.fixed),
        Field("not-applicable", .list(.object(notApplicable), atLeast: 1), "Controls that do not concern this product.")
          .tightened(.exempts),
      ]),
    check(
      "benchmarks", "Reports of load and page tests.",
      [
        reports("Reports of k6, Lighthouse, hyperfine, pytest-benchmark and autocannon.", mixed: true),
        Field("limits", .map(key: .metric, value: LimitForm.either(.free)), "What is good, by the name of the figure.")
          .required().tightened(.limit),
        Field(
          "against",
          .object([
            Field("baseline", .choice(["last-release"]), "What to compare with.").required().tightened(.fixed),
            Field("regression", LimitForm.atMost(.share), "How much worse is acceptable.").required().tightened(.limit),
          ]), "A comparison with an earlier release."),
      ]),
    licences,
  ]

  /// Words of `EvidenceFormat`.
  static let findingFormats: [Shape.Choice] = [
    "sarif", "trivy", "grype", "npm-audit", "yarn-audit", "bun-audit", "osv-scanner", "pip-audit", "snyk", "gitleaks",
    "zap", "semgrep", "dependabot", "eslint", "checkstyle", "tsc", "gitlab-codequality",
  ]

  private static let notApplicable: [Field] = [
    Field("control", .text(.control), "The pack's id and the control's.").required().tightened(.fixed),
    Field("reason", .text(.line), "Why it does not apply; shown each time.").required().tightened(.free),
    Field("until", .text(.date), "The first day, in UTC, on which it applies again.").tightened(.earlier),
  ]

  /// - Parameter mixed: the figures of all reports are put together, so that one more may hide what another shows (or
  ///   make up the number that must have been examined).
  static func reports(_ doc: String, mixed: Bool = false) -> Field {
    Field("reports", .list(.text(.glob), atLeast: 1), doc).required().tightened(mixed ? .fixed : .grows)
  }

  static func check(_ name: String, _ doc: String, later: Bool = false, _ fields: [Field]) -> Shape.Variant {
    .init(
      name, doc, later: later ? "the check '\(name)' is not decided: its line is inconclusive" : nil,
      [
        Field("id", .text(.id), "The line's name.").required(),
        Field("check", .choice([Shape.Choice(name)]), "The kind of check.").required().tightened(.fixed),
        Field("title", .text(.line), "What people read.").standard("the id").tightened(.free),
        Field("severity", .choice(["critical", "warning"]), "Whether a failure shuts the gate.").standard("critical")
          .tightened(.order(["warning", "critical"])),
      ] + fields)
  }
}

extension TextKind {
  static let metric = TextKind(
    name: "metric", wanted: "the name of a figure such as k6.http_req_duration.p95",
    pattern: "^[A-Za-z][A-Za-z0-9_.:-]*$",
    example: "k6.http_req_duration.p95")
}
