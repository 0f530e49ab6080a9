import Core
import Processes
import Testing

@testable import Checklist

@Suite struct `A verdict explained` {
  func explained(
    _ change: (inout ScriptedFacts) -> Void = { _ in }, edit: (JSON) -> JSON = { $0 },
    standing: Explanation.Standing = .asItWas
  ) async throws -> Explanation {
    let recorded = try #require(RecordedChecklist(json: edit(await Records.document(fullPolicy, change).json)))
    let evidence = Set(recorded.lines.flatMap(\.evidence))
    return Explanation(
      run: "01JDXYZ", verb: "check", at: now, checklist: recorded, replay: Replay(recorded), policyTextIsKept: true,
      evidence: Dictionary(uniqueKeysWithValues: evidence.map { ($0, standing) }))
  }

  func lines(_ told: Explanation, only: CheckID? = nil, symbols: Bool = true) -> [String] {
    ExplanationText(ChecklistText(width: 110, showsSymbols: symbols)).lines(told, only: only)
  }

  @Test func `says which number met which limit and what would have changed it`() async throws {
    let told = try await explained(Records.failing)
    let lines = lines(told)
    #expect(
      lines
        == [
          "neonpro → production   3f9c2e1   policy 8d41c0a   check 01JDXYZ, 2026-11-18 11:06 UTC", "",
          "  ✓ source          branch: main, asked main",
          "  ✗ build           exit of the command: 2, asked 0",
          "                    would have passed: exit of the command: 0",
          "  ✓ documentation   changed files that are needed 1, asked ≥ 1; 1 fewer changed file that is needed would have",
          "                    failed it",
          "  ✓ projects        reached: api (1 domain), web (1 domain)",
          "  ✓ variables       2 variables in 2 projects there, 1 compared and equal",
          "  ✓ migrations      unfinished migrations 0, asked ≤ 0; 1 more unfinished migration would have failed it",
          "  ? backup          there is no snapshot",
          "                    would have been decided: gatehouse snapshot create, then gatehouse snapshot verify",
          "  ✓ rollback-plan   api → dpl_0 (HTTP 200 in 80 ms); web → dpl_0 (HTTP 200 in 80 ms); docs/rollback.md",
          "refused: 1 failed, 1 could not be decided, 6 passed        one line in full: gatehouse explain 01JDXYZ --line ID",
          "replayed from the record: the same verdict",
        ])
  }

  @Test func `says of one line all that is known`() async throws {
    let lines = lines(try await explained(standing: .changed), only: "backup")
    let text = lines.joined(separator: " ").split(separator: " ").joined(separator: " ")
    for part in [
      "as asked: snapshots restored and compared 1, asked ≥ 1", "age of the newest proven snapshot 3 h, asked ≤ 26 h",
      "age of the newest proven snapshot 23 h 1 min more would have left it open", "examined: snapshots 1",
      "sha256 aaaa", "changed since",
      "3 h old when judged",
    ] { #expect(text.contains(part), "\(part) in \(text)") }
    #expect(!text.contains("migrations"))
  }

  @Test func `counts evidence that is not what it was`() async throws {
    #expect(try await lines(explained(standing: .gone)).last == "evidence: 1 file gone")
    #expect(try await lines(explained(standing: .asItWas)).last == "evidence: 1 file still as it was")
    #expect(
      try await lines(explained(standing: .notCompared)).last == "replayed from the record: the same verdict")
  }

  @Test func `names the line whose record was changed`() async throws {
    let told = try await explained(Records.failing, edit: { $0.setting("checks.1.status", to: "pass") })
    let text = lines(told).joined(separator: "\n")
    #expect(text.contains("replayed: NOT the recorded verdict: line build: it is recorded as pass"), "\(text)")
    let build = try #require(
      JSON.dictionary(told.members())["lines"]?.array?.first { $0["id"] == "build" })
    #expect(build["replay"] == "differs" && build["toPass"]?[0]?["figure"] == "0")
  }

  @Test func `of a version that kept no figures shows what that one said`() async throws {
    let told = try await explained(edit: {
      (0..<8).reduce($0) { $0.setting("checks.\($1).comparisons", to: nil) }
    })
    let lines = lines(told)
    #expect(lines.contains { $0.contains("✓ migrations      1 pending") }, "\(lines)")
    #expect(lines.contains("not replayed: the version of Gatehouse that decided it kept no figures"))
    #expect(JSON.dictionary(told.members())["replay"]?["outcome"] == "not-recorded")
  }

  @Test func `is words in ASCII without symbols`() async throws {
    let lines = lines(try await explained(Records.failing), symbols: false)
    #expect(lines.allSatisfy { $0.utf8.allSatisfy { $0 < 128 } }, "\(lines)")
    #expect(lines.contains { $0.hasPrefix("  FAIL    build") })
  }
}

@Suite struct `Two verdicts compared` {
  func explanation(_ document: ChecklistDocument, run: RunID) throws -> Explanation {
    let recorded = try #require(RecordedChecklist(json: document.json))
    return Explanation(
      run: run, verb: "check", at: now, checklist: recorded, replay: Replay(recorded), policyTextIsKept: false,
      evidence: [:])
  }

  func compare(
    _ was: ChecklistDocument, _ now: ChecklistDocument, only: CheckID? = nil
  ) throws -> (difference: ChecklistDifference, lines: [String]) {
    let (was, now) = (try explanation(was, run: "01A"), try explanation(now, run: "01B"))
    let difference = ChecklistDifference(from: was.checklist, to: now.checklist)
    let text = ExplanationText(ChecklistText(width: 110)).lines(difference, from: was, to: now, only: only)
    return (difference, Array(text.dropFirst(3)))
  }

  @Test func `are quiet when nothing changed but ages`() async throws {
    let older = await Records.document {
      $0.commands["make"] = .success(CommandFacts(ending: .exited(0), duration: .seconds(90), bytes: 7))
    }
    let (difference, lines) = try compare(older, await Records.document())
    #expect(difference.isSame && difference.lines.isEmpty)
    #expect(lines == ["the same verdict from the same figures"])
    #expect(JSON.dictionary(difference.members)["same"] == true)
  }

  @Test func `show verdicts and figures that moved, lines that came and went, commit and policy`() async throws {
    var policy = fullPolicy
    policy.digest = "77aa001" + String(repeating: "0", count: 57)
    policy.checklist.removeAll { $0.id == "projects" }
    policy.checklist.append(line(.command(CommandRules(run: ["make"])), id: "again"))
    policy.checklist[0].severity = .warning
    let was = await Records.document {
      $0.migrationState = .success(MigrationFacts(tool: "sql", applied: 4, pending: [], drifted: ["a", "b"]))
      Records.failing(&$0)
    }
    var now = await Records.document(policy) {
      $0.migrationState = .success(MigrationFacts(tool: "sql", applied: 4, pending: [], drifted: ["a"]))
    }
    now.commit = older
    let (difference, lines) = try compare(was, now)
    #expect(!difference.isSame)
    #expect(
      lines == [
        "  commit: 3f9c2e1 → 0badcaf", "  policy: 8d41c0a → 77aa001",
        "  ✓ source       now only warns",
        "  ✓ build        fail → pass",
        "                 exit of the command: 2 → 0, asked 0",
        "  ✗ migrations   migrations edited after they ran 2 → 1, asked ≤ 0",
        "  ✓ backup       inconclusive → pass",
        "                 snapshots restored and compared 1, asked ≥ 1, not asked before",
        "                 age of the newest proven snapshot 3 h, asked ≤ 26 h, not asked before",
        "  ✓ again        new in the checklist: pass",
        "  ? projects     no longer in the checklist; it was pass",
        "evidence that differs: .gatehouse/snapshots/01JD.json",
        "the same verdict: refused",
      ])
    let json = JSON.dictionary(difference.members)
    #expect(json["commit"]?["now"] == .string(older.text))
    #expect(
      json["lines"]?.array?.map { $0["kind"]?.string } == [
        "changed", "changed", "changed", "changed", "added", "removed",
      ])
  }

  @Test func `show a limit that moved and the evidence of one line`() async throws {
    var policy = fullPolicy
    policy.checklist[6] = line(.backup(BackupRules(verifiedWithin: .seconds(7200))), id: "backup")
    let (was, now) = (await Records.document(), await Records.document(policy))
    let (_, lines) = try compare(was, now, only: "backup")
    #expect(
      lines == [
        "  ? backup   pass → inconclusive", "             age of the newest proven snapshot 3 h, asked ≤ 26 h → ≤ 2 h",
      ])
    #expect(try compare(was, now, only: "source").lines == ["nothing differs in this line"])
  }
}
