import Core
import Glibc
import JSONText
import Standins
import TestSupport
import Testing

extension Clinic {
  /// A clinic whose flows a person confirms.
  static func confirmed(
    _ flows: String = "[A clinician can open the schedule, { id: consent, look: A consent can be signed }]",
    budget: String = "30m", _ change: (inout Recipe) -> Void = { _ in }
  ) async throws -> Clinic {
    try await Clinic { recipe in
      recipe.release = "release: { budget: { verify: 40s, confirm: \(budget) }, confirm: \(flows) }"
      change(&recipe)
    }
  }

  /// The run that waits, as `status` says.
  func waitingRun() async throws -> String {
    let told = try await run("status", with: ["PROCESS_FILE": "/dev/null"])
    return told.document["waiting"]?["run"]?.string ?? ""
  }

  /// A second process, which is not the one that signals go to.
  func beside(_ words: String..., with more: [String: String] = [:]) async throws -> Ended {
    let program = words
    return try await run(words: program, with: more.merging(["PROCESS_FILE": "/dev/null"]) { $1 })
  }

  /// Waits until the run has asked.
  func untilItAsks() async throws -> String {
    let end = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < end {
      let run = try await waitingRun()
      if !run.isEmpty { return run }
    }
    return ""
  }
}

/// Law L3 and L6 where people are asked: register row B7.
@Suite(.inTurn) struct `A release that people confirm` {
  @Test func `waits with 5, and goes on when deploy is said again`() async throws {
    let clinic = try await Clinic.confirmed {
      $0.api = "    bypass: { env: BYPASS }"
      $0.environment["BYPASS"] = "bypass-word"
    }
    let asked = try await clinic.run("deploy")
    #expect(asked.exit == 5 && asked.decision == "waiting", "\(asked)")
    #expect(clinic.moves == [] && clinic.serving == ["old", "old"])
    let run = try #require(asked.document["run"]?.string)
    let waiting = try #require(asked.document["waiting"])
    #expect(waiting["confirm"]?.string == "gatehouse confirm \(run) 1 consent")
    #expect(waiting["items"]?.array?.compactMap { $0["id"]?.string } == ["1", "consent"])
    let addresses = waiting["about"]?.array?.compactMap { $0["address"]?.string } ?? []
    #expect(addresses.count == 2 && addresses.allSatisfy { asked.words.contains($0) }, "\(asked)")
    #expect(asked.words.contains("gatehouse confirm \(run) 1 consent") && asked.words.contains("sign in at Vercel"))
    #expect(!(asked.words + asked.output).contains("bypass-word"))

    let shown = try await clinic.run("confirm", run)
    #expect(shown.exit == 5 && shown.decision == "waiting" && shown.document["written"]?.array == [], "\(shown)")
    let first = try await clinic.run("confirm", run, "1", "--as", "Ana")
    #expect(first.exit == 0 && first.decision == "recorded", "\(first)")
    #expect(first.words.contains("a claim, not a signature") && first.document["by"]?["signed"] == false)
    let again = try await clinic.run("deploy")
    #expect(again.exit == 5 && again.document["run"]?.string == run, "\(again)")
    #expect(again.document["waiting"]?["confirm"]?.string == "gatehouse confirm \(run) consent")
    // In a CI it is who started the job.
    let second = try await clinic.run(
      "confirm", run, "consent", with: ["GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "rui-from-ci"])
    #expect(second.exit == 0 && second.decision == "confirmed", "\(second)")
    #expect(second.document["by"]?["name"] == "rui-from-ci" && second.document["by"]?["source"] == "GitHub Actions")

    let released = try await clinic.run("deploy")
    #expect(released.exit == 0 && released.decision == "released", "\(released)")
    #expect(released.document["run"]?.string == run, "the same run goes on")
    #expect(clinic.serving == ["new", "new"] && Clinic.names.allSatisfy { clinic.deployments(of: $0) == 1 })
    let told = try await clinic.run("explain", run)
    let facts = told.document["records"]?.array?.first {
      $0["record"] == "finished" && $0["action"] == "await-confirmations"
    }?["facts"]
    #expect(facts?["answers"]?.array?.compactMap { $0["by"]?.string } == ["Ana", "rui-from-ci"], "\(told)")
    #expect(facts?["answers"]?.array?.allSatisfy { $0["at"]?.integer != nil } == true)
    #expect(told.words.contains("by Ana (--as, by "))
    let late = try await clinic.run("confirm", run, "1", "--no", "too late")
    #expect(late.exit == 2 && late.words.contains("gatehouse rollback"), "\(late)")
  }

  @Test func `holds the environment meanwhile, but not its lock`() async throws {
    let clinic = try await Clinic.confirmed()
    let asked = try await clinic.run("deploy")
    let run = try #require(asked.document["run"]?.string)
    #expect(try await clinic.run("status").document["lock"] == .null)
    try await shell("git commit -q --allow-empty -m Next", in: clinic.folder.path)
    let other = try await clinic.run("deploy")
    #expect(other.exit == 8 && other.document["problems"]?[0]?["code"] == "run.held", "\(other)")
    #expect(other.words.contains(run) && clinic.moves == [])
    let refused = try await clinic.run("confirm", run, "consent", "--no", "The pen does nothing", "--as", "Rui")
    #expect(refused.exit == 0 && refused.decision == "refused", "\(refused)")
    // Refused, it makes room for another commit.
    let next = try await clinic.run("deploy")
    #expect(next.exit == 5 && next.document["run"]?.string != run, "\(next)")
    #expect(next.words.contains("Rui said no to consent") && next.words.contains("makes room"), "\(next)")
    let told = try await clinic.run("explain", run)
    #expect(told.document["ending"] == "unchanged", "\(told)")
  }

  @Test func `that is refused ends unchanged, and its next deploy is another run`() async throws {
    let clinic = try await Clinic.confirmed()
    let run = try #require(try await clinic.run("deploy").document["run"]?.string)
    #expect(try await clinic.run("confirm", run, "--all", "--as", "Ana").exit == 0)
    let no = try await clinic.run("confirm", run, "--no", "I was too quick", "--as", "Ana")
    #expect(no.exit == 0 && no.decision == "refused", "\(no)")
    let yes = try await clinic.run("confirm", run, "1", "--as", "Rui")
    #expect(yes.exit == 1 && yes.words.contains("I was too quick"), "\(yes)")
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 1 && ended.decision == "unchanged", "\(ended)")
    #expect(ended.document["problem"]?["code"] == "wait.refused" && clinic.moves == [])
    let again = try await clinic.run("deploy")
    #expect(again.exit == 5 && again.document["run"]?.string != run, "\(again)")
  }

  @Test func `that nobody confirms in time ends unchanged`() async throws {
    let clinic = try await Clinic.confirmed(budget: "1s")
    let ended = try await clinic.run("deploy", "--wait")
    #expect(ended.exit == 3 && ended.decision == "unchanged", "\(ended)")
    #expect(ended.document["problem"]?["code"] == "wait.expired" && clinic.moves == [])
    let run = try #require(ended.document["run"]?.string)
    let late = try await clinic.run("confirm", run, "--all")
    #expect(late.exit == 2 && late.document["problems"]?[0]?["code"] == "run.ended", "\(late)")
  }

  @Test func `is resumed by its name, and refuses what it did not ask for`() async throws {
    let clinic = try await Clinic.confirmed()
    let run = try #require(try await clinic.run("deploy").document["run"]?.string)
    for (words, code) in [
      (["confirm", run, "schedule"], "usage.item"), (["confirm", "01JD0000000000000000000000", "1"], "run.unknown"),
      (["confirm", run, "1", "--commit", "1111111"], "run.other-commit"),
      (["confirm", run, "1", "--environment", "staging"], "run.other-environment"),
      (["confirm", run, "1", "--as", "a\u{1B}[31mb"], "usage.text"),
    ] {
      let ended = try await clinic.run(words: words)
      #expect(ended.exit == 2 && ended.document["problems"]?[0]?["code"]?.string == code, "\(words): \(ended)")
    }
    let nobody = try await clinic.run("confirm", run, "1", with: ["CI": "true"])
    #expect(nobody.exit == 2 && nobody.words.contains("--as NAME"), "\(nobody)")
    #expect(
      try await clinic.run("confirm", run, "--all", "--commit", String(clinic.commit.prefix(9)), "--as", "Ana").exit
        == 0)
    let released = try await clinic.run("resume", run)
    #expect(released.exit == 0 && clinic.serving == ["new", "new"], "\(released)")
  }

  @Test func `does not go on when production became somebody else's meanwhile`() async throws {
    let clinic = try await Clinic.confirmed()
    let run = try #require(try await clinic.run("deploy").document["run"]?.string)
    #expect(try await clinic.run("confirm", run, "--all", "--as", "Ana").exit == 0)
    clinic.standin.withWorld { _ = $0.release("2222222222222222222222222222222222222222", of: "clinic-api") }
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 4 && ended.decision == "unchanged", "\(ended)")
    #expect(ended.document["problem"]?["code"] == "plan.changed" && clinic.moves == [])
  }

  @Test func `is confirmed from another folder that shares the store`() async throws {
    let store = try await ThrowawayPostgres.database("store").reveal()
    let clinic = try await Clinic.confirmed {
      $0.sections = "store: { postgres: { env: STORE_URL } }"
      $0.environment["STORE_URL"] = store
    }
    let run = try #require(try await clinic.run("deploy").document["run"]?.string)
    let elsewhere = try TemporaryFolder()
    try await shell("git clone -q '\(clinic.folder.path)' '\(elsewhere.path)/clone'", in: elsewhere.path)
    let there = elsewhere.path + "/clone"
    let said = try await clinic.run("confirm", run, "--all", "--as", "Ana", in: there)
    #expect(said.exit == 0 && said.decision == "confirmed", "\(said)")
    let released = try await clinic.run("deploy", in: there)
    #expect(released.exit == 0 && released.document["run"]?.string == run, "\(released)")
    #expect(released.document["commit"]?.string == clinic.commit)
  }

  @Test func `two people may confirm at once`() async throws {
    let clinic = try await Clinic.confirmed()
    let run = try #require(try await clinic.run("deploy").document["run"]?.string)
    async let ana = clinic.beside("confirm", run, "--all", "--as", "Ana")
    async let rui = clinic.beside("confirm", run, "1", "consent", "--as", "Rui")
    #expect(try await ana.exit == 0)
    #expect(try await rui.exit == 0)
    #expect(try await clinic.run("deploy").exit == 0)
    let answers = try await clinic.run("explain", run).document["answers"]?.array ?? []
    #expect(Set(answers.compactMap { $0["item"]?.string }) == ["1", "consent"])
    #expect(answers.count { $0["by"] == "Rui" } == 2, "\(answers)")
  }
}

@Suite(.inTurn) struct `A migrated release that people confirm` {
  @Test func `stays with its process, keeps others out, and goes on by itself`() async throws {
    let clinic = try await Clinic.confirmed { $0.hasDatabase = true }
    async let running = clinic.run("deploy")
    let run = try await clinic.untilItAsks()
    #expect(try await clinic.migrated() == 2)
    #expect(clinic.moves == [])
    let other = try await clinic.beside("deploy")
    #expect(other.exit == 8, "\(other)")
    let said = try await clinic.beside("confirm", run, "--all", "--as", "Ana")
    #expect(said.exit == 0 && said.words.contains("the run goes on by itself"), "\(said)")
    let released = try await running
    #expect(released.exit == 0 && released.decision == "released", "\(released)")
    #expect(clinic.serving == ["new", "new"])
  }

  @Test func `is taken back when somebody refuses`() async throws {
    let clinic = try await Clinic.confirmed { $0.hasDatabase = true }
    async let running = clinic.run("deploy")
    let run = try await clinic.untilItAsks()
    let said = try await clinic.beside("confirm", run, "1", "--no", "The schedule is empty", "--as", "Ana")
    #expect(said.exit == 0 && said.words.contains("everything is taken back"), "\(said)")
    let ended = try await running
    #expect(ended.exit == 6 && ended.decision == "rolled-back", "\(ended)")
    #expect(ended.document["problem"]?["why"] == "The schedule is empty")
    #expect(try await clinic.migrated() == 0)
    #expect(clinic.moves == [])
  }

  @Test func `is taken back by itself when its time is over`() async throws {
    let clinic = try await Clinic.confirmed(budget: "1s") { $0.hasDatabase = true }
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 6 && ended.decision == "rolled-back", "\(ended)")
    #expect(ended.document["problem"]?["code"] == "wait.expired")
    #expect(try await clinic.migrated() == 0)
    #expect(clinic.moves == [])
  }

  @Test(arguments: [SIGKILL, SIGTERM])
  func `is taken up where its process left it`(_ signal: Int32) async throws {
    let clinic = try await Clinic.confirmed { $0.hasDatabase = true }
    async let running = clinic.run("deploy")
    let run = try await clinic.untilItAsks()
    clinic.send(signal)
    let left = try await running
    #expect(signal == SIGKILL ? left.signal == SIGKILL : left.exit == 7 && left.decision == "interrupted", "\(left)")
    try await shell("git commit -q --allow-empty -m Next && git checkout -q HEAD", in: clinic.folder.path)
    let other = try await clinic.run("deploy")
    #expect(other.exit == 7 && other.words.contains("gatehouse resume \(run)"), "\(other)")
    #expect(try await clinic.migrated() == 2)
    #expect(try await clinic.run("confirm", run, "--all", "--as", "Ana").exit == 0)
    try await shell("git reset -q --hard HEAD^", in: clinic.folder.path)
    let released = try await clinic.run("deploy")
    #expect(released.exit == 0 && released.document["run"]?.string == run, "\(released)")
    #expect(clinic.serving == ["new", "new"] && clinic.moves == ["promote api", "promote web"])
  }
}

@Suite(.inTurn) struct `A rehearsal of a release that people confirm` {
  @Test func `answers by itself, and says so`() async throws {
    let clinic = try await Clinic.confirmed()
    let rehearsed = try await clinic.run("rehearse")
    #expect(rehearsed.exit == 0 && rehearsed.words.contains("answered by the rehearsal itself"), "\(rehearsed)")
    #expect(rehearsed.words.contains("consent, A consent can be signed"))
    let refused = try await clinic.run("rehearse", "--fail", "confirm")
    #expect(refused.exit == 4 && refused.decision == "unchanged", "\(refused)")
    #expect(clinic.changes == [])
  }
}
