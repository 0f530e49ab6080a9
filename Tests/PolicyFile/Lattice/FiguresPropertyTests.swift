import Core
import PolicyFile
import Testing

/// Law L10 on figures: for the reports of a random afternoon, what the merged policy passes each layer passes.
///
/// Sums over reports are what the language's own order cannot see: one more report may hide what another shows.
@Suite struct FiguresPropertyTests {
  struct Report {
    var (tests, failed, lines, covered, high, age) = (0, 0, 0, 0, 0, 0)
    var isOurs = true
  }

  static func passes(_ policy: Policy, _ reports: [String: Report]) -> Bool {
    policy.checklist.allSatisfy { item in
      func read(_ names: [String]) -> [Report]? {
        let found = names.compactMap { reports[$0] }
        let fresh = found.allSatisfy { .seconds($0.age * 3600) <= policy.evidence.maxAge }
        let belongs = policy.evidence.bindTo == .none || found.allSatisfy(\.isOurs)
        return found.count == names.count && fresh && belongs ? found : nil
      }
      func sum(_ reports: [Report], _ figure: (Report) -> Int) -> Int { reports.reduce(0) { $0 + figure($1) } }
      if item.severity == .warning { return true }
      switch item.rules {
      case .tests(let rules):
        guard let read = read(rules.reports) else { return false }
        return sum(read, \.failed) == 0 && rules.examined?.holds(for: Double(sum(read, \.tests))) ?? true
      case .coverage(let rules):
        guard let read = read(rules.reports) else { return false }
        return rules.lines?.holds(part: sum(read, \.covered), of: sum(read, \.lines)) ?? true
      case .findings(let rules):
        guard let read = read(rules.reports) else { return false }
        return rules.limits[.high]?.holds(for: Double(sum(read, \.high))) ?? true
      default: return true
      }
    }
  }

  @Test func `for any figures a merged policy passes no more than its layers`() throws {
    var chance = Chance(Chance.seed &+ 3)
    let names = ["a.x", "b.x", "c.x"]
    func some(_ chance: inout Chance) -> String {
      "[" + (names.filter { _ in chance.happens(0.5) } + ["d.x"]).joined(separator: ", ") + "]"
    }
    func layer(_ chance: inout Chance, isFirst: Bool) -> String {
      var text = "apiVersion: gatehouse/v1\nname: o\n" + (isFirst ? "" : "extends: base.yml\n")
      if chance.happens(0.5) { text += "evidence: { max-age: \(chance.one(of: ["6h", "24h", "48h"])) }\n" }
      text += "checklist:\n"
      for (id, key, relation, unit) in [
        ("tests", "examined", ">=", " tests"), ("coverage", "lines", ">=", "0%"),
        ("findings", "high", "<=", " findings"),
      ] {
        var parts = ["id: \(id)"]
        if isFirst { parts.append("check: \(id)") }
        if isFirst || chance.happens(0.3) { parts.append("reports: \(some(&chance))") }
        if chance.happens(0.6) {
          let limit = "\(key): \"\(relation) \(chance.one(of: [1, 2, 3, 5]))\(unit)\""
          parts.append(id == "findings" ? "limits: { \(limit) }" : limit)
        } else if isFirst, id == "findings" {
          parts.append("limits: {}")
        }
        if chance.happens(0.15) { parts.append("severity: \(chance.one(of: ["critical", "warning"]))") }
        text += "  - { " + parts.joined(separator: ", ") + " }\n"
      }
      return text
    }
    var (allowed, passed) = (0, 0)
    for number in 0..<400 {
      let (base, above) = (layer(&chance, isFirst: true), layer(&chance, isFirst: false))
      guard case .success(let merged) = Samples.load(["base.yml": base, "gatehouse.yml": above], "gatehouse.yml") else {
        continue
      }
      let alone = try Samples.load(["gatehouse.yml": base], "gatehouse.yml").get()
      allowed += 1
      for _ in 0..<40 {
        var reports: [String: Report] = [:]
        for name in names + ["d.x"] where chance.happens(0.97) {
          var report = Report()
          (report.tests, report.lines) = (chance.one(of: [0, 1, 2, 4]), chance.one(of: [1, 10, 100]))
          report.covered = report.lines * chance.one(of: [0, 1, 2, 5, 10]) / 10
          (report.high, report.age) = (chance.one(of: [0, 0, 1, 3]), chance.one(of: [1, 1, 10, 30]))
          report.failed = chance.happens(0.05) ? 1 : 0
          report.isOurs = chance.happens(0.97)
          reports[name] = report
        }
        guard Self.passes(merged.policy, reports) else { continue }
        passed += 1
        #expect(
          Self.passes(alone.policy, reports),
          "GATEHOUSE_SEED=\(Chance.seed), case \(number): laxer than the included policy\n\(base)\n\(above)\n\(reports)"
        )
      }
    }
    #expect(allowed > 40 && passed > 100, "\(allowed) \(passed)")
  }
}
