import Core

/// `snyk test --json` and `snyk container test --json`: one project or a list of them, and the applications of an image.
///
/// Snyk writes a row for every way to a package; as in its own count, an issue is one finding of a project. Issues of licences and of
/// `snyk iac test` are findings too. `snyk code test` writes SARIF.
/// Source: github.com/snyk/cli, `src/lib/snyk-test/legacy.ts`, `src/lib/formatters/test/format-test-results.ts`.
final class SnykReader: JSONReportReader {
  static let format = EvidenceFormat.snyk

  static let shape = JSONShape.either(
    object: project("", applications: .array(.emit("application", project("application ")), atMost: .max)),
    array: .array(
      .emit(
        "project",
        project("", applications: .array(.emit("application", project("application ")), atMost: .max))), atMost: .max))

  private static func project(_ prefix: String, applications: JSONShape = .skip) -> JSONShape {
    .object([
      "ok": .all, "error": .either(object: .object([:]), array: .array(.skip, atMost: 0)), "dependencyCount": .all,
      "uniqueCount": .all, "packageManager": .all, "projectName": .all, "targetFile": .all, "displayTargetFile": .all,
      "path": .all, "applications": applications,
      "vulnerabilities": .array(.emit(prefix + "issue", issue), atMost: .max),
      "infrastructureAsCodeIssues": .array(.emit(prefix + "configuration issue", configuration), atMost: .max),
      "filtered": .object([
        "ignore": .array(.emit(prefix + "ignored issue", .object(["id": .all])), atMost: .max),
        "patch": .array(.emit(prefix + "ignored issue", .object(["id": .all])), atMost: .max),
      ]),
    ])
  }

  private static let issue = JSONShape.object([
    "id": .all, "severity": .all, "severityWithCritical": .all, "cvssScore": .all, "packageManager": .all,
    "packageName": .all, "moduleName": .all, "name": .either(object: .skip, array: .array(.all, atMost: 1)),
    "version": .all, "isUpgradable": .all, "isPatchable": .all, "fixedIn": .array(.all, atMost: 1),
    "from": .array(.either(object: .skip, array: .skip), atMost: 100), "nearestFixedInVersion": .all,
    "identifiers": .object(["CVE": .all, "GHSA": .all]),
  ])

  private static let configuration = JSONShape.object([
    "id": .all, "publicId": .all, "severity": .all, "lineNumber": .all, "isIgnored": .all,
  ])

  private var projects = SnykProjects()
  private var outer = SnykRows()
  private var inner = SnykRows()

  static func recognises(_ looks: JSONLooks) -> Bool {
    guard let project = looks.isList ? looks.first : looks else { return false }
    // Failed, in Snyk's words.
    if case .flag(false)? = project["ok"], project.has("error") { return true }
    guard let issues = project["vulnerabilities"], issues.isList else { return false }
    return project.has("ok") || issues.first?.has("id", "severity", "from") == true
  }

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {
    guard value.members != nil else { throw ReadingFault(why: "has an \(part) that is no object") }
    switch part {
    case "issue": outer.take(issue: value)
    case "configuration issue": outer.take(configuration: value)
    case "ignored issue": outer.take(ignored: value)
    case "application issue": inner.take(issue: value)
    case "application configuration issue": inner.take(configuration: value)
    case "application ignored issue": inner.take(ignored: value)
    case "application":
      try projects.close(value, inner)
      inner = SnykRows()
    default:
      try projects.close(value, outer)
      outer = SnykRows()
    }
  }

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    if let elements = root.array {
      guard elements.isEmpty else { throw ReadingFault(why: "has a project that is no object") }
    } else {
      try projects.close(root, outer)
    }
    return Reading(facts: .findings(projects.settled()), format: .snyk)
  }
}
