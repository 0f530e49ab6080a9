import Core
import Evidence

@testable import Checklist

/// Findings, exceptions and verdicts made by hand.
enum FindingSamples {
  static let none = Limit(.atMost, 0, text: "<= 0")

  static func finding(
    _ rule: String, _ severity: Severity? = .critical, purl: String? = nil, path: String? = nil,
    fix: Finding.Fix = .unknown,
    isNew: Bool? = nil, count: Int = 1
  ) -> Finding {
    var finding = Finding(rule: rule, severity: severity, path: path)
    if let url = purl.flatMap({ PackageURL($0) }) {
      finding.component = Finding.Component(url.name, version: url.version, purl: purl)
    }
    finding.fix = fix
    finding.isNew = isNew
    finding.count = count
    return finding
  }

  static func report(_ findings: [Finding], path: String = "scan/a.sarif", incomplete: [String] = []) -> LocatedEvidence
  {
    var facts = FindingFacts()
    for finding in findings { facts.add(finding) }
    facts.runs = 1
    facts.tools = ["scanner"]
    facts.incomplete = incomplete
    return LocatedSamples.counting(.findings(facts), path: path)
  }

  static func rules(_ change: (inout FindingsRules) -> Void = { _ in }) -> FindingsRules {
    var rules = FindingsRules(reports: ["scan/*"])
    rules.any = none
    change(&rules)
    return rules
  }

  static func waiver(
    _ id: String = "w", finding: String? = nil, path: String? = nil, component: String? = nil,
    until: String = "2027-06-01", line: CheckID = "it"
  ) -> DatedWaiver {
    DatedWaiver(
      Waiver(
        id: id, appliesTo: line, finding: finding, path: path, component: component, reason: "Never called.",
        owner: "ana@example.org", until: until), timezone: "UTC", zone: nil)
  }

  /// A file with one statement for each product.
  static func statements(
    _ vulnerability: String, _ status: VEXStatement.Status, of products: [String], at time: Timestamp? = now,
    justification: String? = "component_not_present", path: String = "vex/a.json"
  ) -> ExceptionFile {
    var document = VEXDocument(format: .openvex, version: "0.2.0")
    document.author = "Ana"
    document.statements = products.map { product in
      VEXStatement(
        [vulnerability], status,
        products: [VEXProduct([PackageURL(product).map { .package($0, text: product) } ?? .name(product)])],
        justification: justification, time: time)
    }
    return ExceptionFile(path: path, outcome: .success(document), sha256: "aa")
  }

  static func judge(
    _ reports: [LocatedEvidence], _ rules: FindingsRules = rules(), files: [ExceptionFile] = [],
    waivers: [DatedWaiver] = [], baseline: [LocatedEvidence]? = nil,
    lastRelease: Result<KnownFindings, Problem>? = nil, at time: Timestamp = now
  ) -> CheckReport {
    FindingsCheck.judge(
      LocatedSamples.item("it", .findings(rules)), rules, reports,
      FindingAllowances(files: files, waivers: waivers, baseline: baseline, lastRelease: lastRelease, now: time)
    ).settled
  }

  static func examined(_ report: CheckReport, _ key: String) -> Int {
    Int(report.examined.first { $0.key == key }?.value.integer ?? -1)
  }
}
