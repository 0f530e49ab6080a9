import Core
import JSONText
import Yajl

/// SARIF 2.1.0. Results are tallied as they stream by and judged at the end of their run, when its rules are known.
final class SARIFReader: FormatReader {
  /// What decides about a result; results that agree in it are tallied together.
  private struct Key: Hashable {
    var rule: SARIFRules.Reference
    var level: String?
    var kind: String?
    var isSuppressed: Bool
    var isAbsent: Bool
  }

  private struct Tally {
    var count = 0
    var places: [(path: String?, line: Int?)] = []
  }

  private static let mostTallies = 200_000

  private let tokenizer: JSONTokenizer
  private var projector = JSONProjector(SARIFShape.log)
  private var tallies: [Key: Tally] = [:]
  private var facts = FindingFacts()
  private var warnings = Warnings()
  private var commits: [String] = []
  private var time: Timestamp?
  private var fault: String?

  init() throws(ReadingFault) {
    do {
      tokenizer = try JSONTokenizer()
    } catch {
      throw ReadingFault(why: error.reason.words)
    }
  }

  func feed(_ bytes: UnsafeRawBufferPointer) throws(ReadingFault) {
    do {
      try tokenizer.feed(bytes) { take($0) }
    } catch {
      throw explain(error)
    }
  }

  func finish() throws(ReadingFault) -> Reading {
    do {
      try tokenizer.finish { take($0) }
    } catch {
      throw explain(error)
    }
    guard let root = projector.root, root.members != nil, projector.topKeys.contains("runs") else {
      throw JSONLooks.unread(keys: projector.topKeys, root: projector.root)
    }
    guard let version = root["version"]?.string else {
      throw ReadingFault(kind: .unrecognised, why: "has runs like SARIF and names no version")
    }
    guard version == "2.1.0" else {
      throw ReadingFault(
        kind: .unrecognised,
        why: "is SARIF of version \(DisplayText.bounded(version, to: 20)), and this version reads 2.1.0")
    }
    guard root["runs"]?.array != nil else { throw ReadingFault(why: "has no list of runs") }
    guard facts.runs > 0 else { throw ReadingFault(kind: .empty, why: "holds no run: nothing was analysed") }
    return Reading(facts: .findings(facts), format: .sarif, commits: commits, time: time, warnings: warnings)
  }

  private func explain(_ error: JSONTokenizerError) -> ReadingFault {
    ReadingFault(
      line: error.position.line, column: error.position.column,
      why: "is no readable JSON: \(fault ?? projector.fault ?? error.reason.words)")
  }

  private func take(_ token: JSONToken) -> Bool {
    projector.take(token) { name, value in name == "result" ? tally(value) : close(run: value) }
  }

  // MARK: results

  private func tally(_ result: JSON) -> Bool {
    guard result.members != nil else { return stop("a result is no object") }
    facts.results += 1
    let key = Key(
      rule: SARIFRules.Reference(result: result), level: result["level"]?.string?.lowercased(),
      kind: result["kind"]?.string?.lowercased(), isSuppressed: isSuppressed(result),
      isAbsent: result["baselineState"]?.string == "absent")
    let place = result["locations"]?[0]?["physicalLocation"]
    let line = place?["region"]?["startLine"]?.integer.flatMap { Int(exactly: $0) }
    var tally = tallies[key] ?? Tally()
    tally.count += 1
    if tally.places.count < FindingFacts.shownFindings {
      tally.places.append((place?["artifactLocation"]?["uri"]?.string.map { DisplayText.bounded($0) }, line))
    }
    tallies[key] = tally
    return tallies.count <= SARIFReader.mostTallies ? true : stop("more kinds of results than can be held")
  }

  /// Suppressed is what has a suppression and none that is still open or was turned down (3.27.23).
  private func isSuppressed(_ result: JSON) -> Bool {
    guard let list = result["suppressions"]?.array, !list.isEmpty else { return false }
    return list.allSatisfy { suppression in
      let status = suppression["status"] ?? suppression["state"]
      return status == nil || status?.string == "accepted"
    }
  }

  private func stop(_ why: String) -> Bool {
    fault = why
    return false
  }

  // MARK: runs

  private func close(run: JSON) -> Bool {
    guard run.members != nil else { return stop("a run is no object") }
    facts.runs += 1
    let rules = SARIFRules(run: run)
    facts.rules += rules.count
    let name = run["tool"]?["driver"]?["name"]?.string.map { DisplayText.bounded($0, to: 60) } ?? "an unnamed tool"
    if !facts.tools.contains(name) { facts.tools.append(name) }
    noteCompleteness(of: run, tool: name)
    noteOrigin(of: run)
    var found = facts.worst
    for (key, tally) in tallies {
      let level = key.kind == nil || key.kind == "fail" ? rules.level(of: key.rule, stated: key.level) : "none"
      facts.levels[level, default: 0] += tally.count
      if key.isAbsent {
        facts.absent += tally.count
      } else if key.isSuppressed {
        facts.suppressed += tally.count
      } else if level == "none" {
        facts.ignored += tally.count
      } else {
        let severity = rules.severity(of: key.rule, level: level)
        if let severity { facts.counts[severity, default: 0] += tally.count } else { facts.unknown += tally.count }
        let rule = DisplayText.bounded(rules.name(of: key.rule), to: 80)
        found += tally.places.map { Finding(rule: rule, severity: severity, path: $0.path, line: $0.line) }
        if found.count > 10_000 { found = FindingFacts.worst(of: found) }
      }
    }
    facts.worst = FindingFacts.worst(of: found)
    tallies.removeAll()
    return true
  }

  /// Whether the run is proof that the tool looked (3.14.23, 3.20.14, 3.20.21).
  private func noteCompleteness(of run: JSON, tool: String) {
    func note(_ why: String) {
      if facts.incomplete.count < 20 { facts.incomplete.append("\(tool): \(why)") }
    }
    if run["externalPropertyFileReferences"]?["results"]?.array?.isEmpty == false {
      note("its results are kept in another file")
    } else if run["results"]?.array == nil {
      note("it has no list of results, so the analysis did not run")
    }
    for invocation in run["invocations"]?.array ?? [] {
      if invocation["executionSuccessful"]?.bool == false { note("it says that its run did not succeed") }
      for list in ["toolExecutionNotifications", "toolConfigurationNotifications"] {
        let errors = (invocation[list]?.array ?? []).count { $0["level"]?.string == "error" }
        if errors > 0 { note(errors == 1 ? "it reports 1 error of its own" : "it reports \(errors) errors of its own") }
      }
    }
  }

  private func noteOrigin(of run: JSON) {
    for place in run["versionControlProvenance"]?.array ?? [] {
      if let revision = place["revisionId"]?.string, !commits.contains(revision), commits.count < 100 {
        commits.append(revision)
      }
    }
    for invocation in run["invocations"]?.array ?? [] {
      let text = invocation["endTimeUtc"]?.string ?? invocation["startTimeUtc"]?.string
      if let stated = text.flatMap({ Timestamp($0) }) { time = time.map { min($0, stated) } ?? stated }
    }
  }
}

/// What a JSON document that is no SARIF seems to be.
enum JSONLooks {
  private static let known: [(key: String, what: String)] = [
    ("auditReportVersion", "an npm audit report"), ("advisories", "an npm audit report"),
    ("SchemaVersion", "a Trivy report"), ("matches", "a Grype report"), ("numTotalTests", "a Jest or vitest report"),
    ("bomFormat", "a CycloneDX bill of materials"), ("spdxVersion", "an SPDX bill of materials"),
    ("error", "an error that a tool reported"), ("message", "an error that a tool reported"),
  ]

  static func unread(keys: [String], root: JSON?) -> ReadingFault {
    if let match = known.first(where: { keys.contains($0.key) }) {
      return ReadingFault(kind: .unrecognised, why: "looks like \(match.what), which this version does not read")
    }
    let seen =
      switch root {
      case .object: keys.isEmpty ? "an empty object" : "an object with " + shown(keys)
      case .array: "a list"
      case .null: "null"
      default: "a single value"
      }
    return ReadingFault(kind: .unrecognised, why: "is JSON and no report we know: \(seen)")
  }

  private static func shown(_ keys: [String]) -> String {
    keys.prefix(4).map { DisplayText.bounded($0, to: 30) }.joined(separator: ", ")
  }
}
