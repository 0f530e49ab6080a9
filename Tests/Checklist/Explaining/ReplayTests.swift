import Core
import Processes
import TestSupport
import Testing

@testable import Checklist

/// Recorded verdicts as `gatehouse check` writes them.
enum Records {
  /// The good world with some lines that do not pass.
  static func document(_ policy: Policy = fullPolicy, _ change: (inout ScriptedFacts) -> Void = { _ in }) async
    -> ChecklistDocument
  {
    var facts = goodFacts
    change(&facts)
    let reports = await ChecklistRun(policy: policy, timing: ManualTiming(at: now), key: [1]).reports(asking: facts)
    return ChecklistDocument(
      policy: policy, environment: "production", commit: head, summary: "Add it", run: "01JDXYZ", reports: reports)
  }

  static func failing(_ facts: inout ScriptedFacts) {
    facts.commands["make"] = .success(CommandFacts(ending: .exited(2), duration: .seconds(1), bytes: 0))
    facts.snapshotList = .success(BackupFacts(snapshots: []))
  }
}

extension JSON {
  /// The value with what stands at a path replaced; numbers are places in arrays, `nil` takes away.
  func setting(_ path: String, to value: JSON?) -> JSON { setting(path.split(separator: ".")[...], to: value) }

  private func setting(_ path: ArraySlice<Substring>, to value: JSON?) -> JSON {
    guard let first = path.first else { return value ?? .null }
    let rest = path.dropFirst()
    switch self {
    case .object(let members):
      if rest.isEmpty, let value, self[String(first)] == nil { return .object(members + [.init(String(first), value)]) }
      return .object(
        members.compactMap { member in
          guard member.key == first else { return member }
          if rest.isEmpty, value == nil { return nil }
          return .init(member.key, member.value.setting(rest, to: value))
        })
    case .array(var elements):
      guard let index = Int(first), elements.indices.contains(index) else { return self }
      if rest.isEmpty, value == nil {
        elements.remove(at: index)
      } else {
        elements[index] = elements[index].setting(rest, to: value)
      }
      return .array(elements)
    default: return self
    }
  }
}

@Suite struct `A verdict replayed` {
  @Test func `is the same, whatever it was`() async throws {
    var warning = fullPolicy
    warning.checklist[1].severity = .warning
    for (policy, change) in [
      (fullPolicy, { (_: inout ScriptedFacts) in }), (fullPolicy, Records.failing), (warning, Records.failing),
    ] {
      let recorded = try #require(RecordedChecklist(json: await Records.document(policy, change).json))
      let replay = Replay(recorded)
      #expect(replay.outcome == .same, "\(replay.differences)")
      #expect(recorded.lines.count == 8 && recorded.run == "01JDXYZ" && recorded.commit == head)
    }
  }

  /// A record that was changed afterwards: where, into what, and which line is named.
  struct Change: Sendable, CustomTestStringConvertible {
    let path: String
    let value: JSON?
    let line: CheckID?
    let says: String
    var testDescription: String { path }
    init(_ path: String, _ value: JSON?, _ line: CheckID?, says: String) {
      self.path = path
      self.value = value
      self.line = line
      self.says = says
    }
  }

  @Test(arguments: [
    // Line 1 is the command, which failed; line 6 the backup, which was not there.
    Change("checks.1.status", "pass", "build", says: "its figures make it fail"),
    Change("checks.1.status", "warning", "build", says: "its figures make it fail"),
    Change("checks.1.status", "waived", "build", says: "no waiver"),
    Change("checks.1.status", "good", "build", says: "which is none"),
    Change("checks.1.status", nil, "build", says: "which is none"),
    Change("checks.1.comparisons.0.figure", "0", "build", says: "recorded as not as asked"),
    Change("checks.1.comparisons.0.limit.value", "2", "build", says: "recorded as not as asked"),
    Change("checks.1.comparisons.0.figure", [], "build", says: "cannot be read"),
    Change("checks.1.comparisons.0.holds", true, "build", says: "recorded as as asked"),
    Change("checks.1.comparisons.0.otherwise", "inconclusive", "build", says: "make it inconclusive"),
    Change("checks.1.comparisons", [], "build", says: "are gone"),
    Change("checks.1.comparisons.0", nil, "build", says: "make it pass"),
    Change("checks.1.severity", "warning", "build", says: "make it warning"),
    Change("checks.6.status", "pass", "backup", says: "make it inconclusive"),
    Change("checks.0.examined", [:], "source", says: "make it inconclusive"),
    Change("checks.1", nil, nil, says: "its lines make it inconclusive"),
    Change("decision", "passed", nil, says: "its lines make it refused"),
    Change("exit", 0, nil, says: "refused is 1"),
    Change("decision", nil, nil, says: "recorded as nothing"),
  ])
  func `names what was changed in the record`(_ change: Change) async throws {
    let json = await Records.document(fullPolicy, Records.failing).json.setting(change.path, to: change.value)
    let replay = Replay(try #require(RecordedChecklist(json: json)))
    #expect(replay.outcome == .differs)
    let first = try #require(replay.differences.first)
    #expect(first.line == change.line && first.what.contains(change.says), "\(replay.differences)")
  }

  @Test func `says so when no figures were kept`() async throws {
    var json = await Records.document().json
    for index in 0..<8 { json = json.setting("checks.\(index).comparisons", to: nil) }
    let replay = Replay(try #require(RecordedChecklist(json: json)))
    #expect(replay.outcome == .notRecorded && replay.withoutFigures.count == 8)
    // What is left can still contradict itself.
    let changed = try #require(RecordedChecklist(json: json.setting("checks.0.status", to: "fail")))
    #expect(Replay(changed).outcome == .differs)
  }

  @Test func `of a line that people accepted is the same while its waiver stands with it`() async throws {
    let failed = await Records.document(fullPolicy, Records.failing).json.setting("checks.1.status", to: "waived")
    // Without the failure the checklist is only undecided.
    let json = failed.setting("decision", to: "inconclusive").setting("exit", to: 3)
    let recorded = try #require(RecordedChecklist(json: json.setting("checks.1.waivers", to: ["known-build"])))
    #expect(recorded.lines[1].status == .waived && recorded.lines[1].waivers == ["known-build"])
    #expect(Replay(recorded).outcome == .same)
    let alone = try #require(RecordedChecklist(json: json))
    #expect(Replay(alone).differences.map(\.line) == ["build"])
    let before = try #require(RecordedChecklist(json: await Records.document(fullPolicy, Records.failing).json))
    let difference = ChecklistDifference(from: before, to: recorded)
    #expect(difference.lines.first?.waivers?.now == ["known-build"] && !difference.isSame)
  }

  @Test func `is of a document of check and of nothing else`() {
    #expect(RecordedChecklist(json: ["schema": "gatehouse.check/v2", "checks": []]) == nil)
    #expect(RecordedChecklist(json: ["schema": "gatehouse.check/v1"]) == nil)
    #expect(RecordedChecklist(json: nil) == nil)
  }

  @Test func `of a hostile record ends, and differs`() throws {
    let wild: JSON = [
      "schema": "gatehouse.check/v1",
      "checks": [
        nil, 3, "x", [], ["id": "a", "status": "pass", "comparisons": [nil, 3, ["subject": 4]]],
        [
          "id": "b", "status": "pass", "examined": ["n": 1],
          "comparisons": [
            [
              "subject": "s", "noun": ["one": "a", "many": "b"], "figure": ["part": 9, "whole": 3], "unit": "%",
              "limit": ["relation": ">=", "value": 90, "text": ""], "holds": true, "otherwise": "fail", "step": 1,
            ],
            [
              "subject": "s", "noun": ["one": "a", "many": "b"], "figure": 9_223_372_036_854_775_807, "unit": nil,
              "limit": ["relation": "<=", "value": 1e300, "text": ""], "holds": true, "otherwise": "fail", "step": 1,
            ],
          ],
        ],
      ],
    ]
    let recorded = try #require(RecordedChecklist(json: wild))
    #expect(Replay(recorded).outcome == .differs)
    for line in recorded.lines { #expect(line.toPass.count + line.toTurn.count < 4) }
  }
}
