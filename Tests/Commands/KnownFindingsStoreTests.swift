import Checklist
import Core
import Evidence
import Store
import TestSupport
import Testing

@testable import Commands

@Suite struct `Findings of the last release` {
  private let folder: TemporaryFolder
  private let runs: RunStore
  private let facts: LiveFacts

  init() async throws {
    folder = try TemporaryFolder()
    let timing = ManualTiming()
    let installation = try Installation(
      policy: Policy(name: "clinic", digest: "d"), folder: folder.path, environment: [:])
    runs = RunStore(
      store: try await SQLiteStore.open(in: folder.path, creating: true, timing: timing), policyName: "clinic")
    facts = LiveFacts(
      installation: installation, runs: runs, environmentName: "production", run: "01C",
      locator: EvidenceLocator(root: folder.path, commit: nil, rules: EvidenceRules(), now: timing.now()))
  }

  private static let left: JSON = ["scan": ["total": 1, "findings": ["aa": 1]]]

  private func known(_ line: CheckID = "scan") async -> String {
    switch await facts.knownFindings(of: line) {
    case .success(let known): "\(known.total)"
    case .failure(let problem): problem.what
    }
  }

  @Test func `are those of the run that was released, line by line`() async throws {
    #expect(await known() == "nothing was released yet")
    try await runs.saveChecklist(["checks": []], of: "01A", leaving: Self.left)
    #expect(await known() == "nothing was released yet", "decided is not released")
    try await runs.saveRelease(["run": "01A"], environment: "production")
    #expect(await known() == "1")
    #expect(await known("other") == "the last release kept no findings of this line")
    try await runs.saveRelease(["run": "01B"], environment: "production")
    #expect(await known() == "the last release kept no findings of this line")
  }

  @Test func `that were changed since are not believed`() async throws {
    try await runs.saveRelease(["run": "01A"], environment: "production")
    try await runs.saveChecklist(["checks": []], of: "01A", leaving: Self.left)
    let kept = try #require(try await runs.store.document("left", "01A"))
    try await runs.store.put(
      "left", "01A",
      ["lines": ["scan": ["total": 2, "findings": ["aa": 1, "bb": 1]]], "sha256": kept["sha256"] ?? .null])
    #expect(await known() == "the last release kept no findings of this line")
  }
}
