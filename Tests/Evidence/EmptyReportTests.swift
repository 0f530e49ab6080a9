import Core
import TestSupport
import Testing

@testable import Evidence

/// A file without content is no clean report, unless the tool that wrote it was seen.
@Suite struct EmptyReportTests {
  private static let commit = CommitID(String(repeating: "3f9c2e1a", count: 5))
  private static let now = Timestamp(seconds: 1_795_000_000)

  private func located(
    _ text: String, exit: Int? = 0, of commit: CommitID = commit, isCollected: Bool = true, edited: String? = nil
  ) throws -> LocatedEvidence {
    let folder = try TemporaryFolder()
    try folder.write(text, to: "scan/a.json")
    if isCollected {
      let digest = try EvidenceReader.digest(folder.path + "/scan/a.json")
      try EvidenceManifest.add(
        [
          ManifestEntry(
            file: "a.json", sha256: digest.sha256, size: digest.size, commit: commit, command: exit.map { _ in "scan" },
            exit: exit, started: exit.map { _ in Self.now - .seconds(60) }, finished: Self.now, isClean: true)
        ], in: folder.path + "/scan", shown: "scan")
    }
    if let edited { try folder.write(edited, to: "scan/a.json") }
    let locator = EvidenceLocator(root: folder.path, commit: Self.commit, rules: EvidenceRules(), now: Self.now)
    return try #require(locator.locate(["scan/a.json"]).first)
  }

  @Test(arguments: [
    ("[]", EvidenceFormat.gitleaks), (" [ ]\n", .gitleaks), ("null", .gitleaks), ("[]", .gitlabCodequality),
    ("{}", .bunAudit), ("", .tsc), ("\n", .tsc), ("\u{FEFF}[]", .dependabot),
  ])
  func `what a tool writes when clean counts when the tool was seen to end well`(text: String, format: EvidenceFormat)
    throws
  {
    let located = try located(text)
    #expect(located.fault != nil, "other checks see a fault")
    let facts = try #require(located.clean(asOneOf: [.sarif, format])).get()
    #expect(facts.runs == 1 && facts.standing == 0 && facts.tools == [format.rawValue])
    #expect(located.reference.age == .seconds(60) && located.reference.sha256 != nil)
  }

  @Test(arguments: [
    ("[]", EvidenceFormat.eslint, "ESLint lists every file"), ("{}", .gitleaks, "none of the policy's"),
    ("", .gitleaks, "none of the policy's"), ("[]", .sarif, "none of the policy's"), ("[]", .bunAudit, "none of"),
  ])
  func `what the tool does not write when clean does not count`(text: String, format: EvidenceFormat, why: String)
    throws
  {
    guard case .failure(let fault)? = try located(text).clean(asOneOf: [format]) else {
      Issue.record("it counted")
      return
    }
    #expect(fault.why.contains(why), "\(fault)")
  }

  @Test func `without a named format, a manifest, the right commit, the very bytes and exit 0 it does not count`()
    throws
  {
    #expect(try located("[]").clean(asOneOf: []) == nil)
    func why(_ located: LocatedEvidence) -> String {
      if case .failure(let fault)? = located.clean(asOneOf: [.gitleaks]) {
        fault.description + " " + fault.remedy
      } else {
        ""
      }
    }
    #expect(try why(located("[]", isCollected: false)).contains("gatehouse collect --command"))
    #expect(try why(located("[]", exit: nil)).contains("nobody saw gitleaks write it"))
    #expect(try why(located("[]", exit: 1)).contains("exit 1"))
    #expect(try why(located("[]", of: CommitID(String(repeating: "0badcafe", count: 5)))).contains("is about commit"))
    #expect(try why(located("[1]", edited: "[]")).contains("changed after it was collected"))
    // Something is in it: no question of being empty.
    #expect(try located("[1]").clean(asOneOf: [.gitleaks]) == nil)
    #expect(try located("[]x").clean(asOneOf: [.gitleaks]) == nil)
  }

  @Test func `bytes in memory are read as a file is`() throws {
    let bytes = Array(#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"T"}},"results":[]}]}"#.utf8)
    let folder = try TemporaryFolderBytes()
    #expect(try EvidenceReader.read(bytes, shown: "a") == EvidenceReader.read(folder.write(bytes), shown: "a"))
    #expect(throws: EvidenceFault.self) { try EvidenceReader.read([], shown: "a") }
  }
}
