import Core
import FoundationEssentials
import Glibc
import Standins
import TestSupport
import Testing

/// Production that somebody took back, and settings that a release must leave as they were.
@Suite(.inTurn) struct `Pinned production` {
  @Test func `stops a release until a person says why to go on`() async throws {
    let clinic = try await Clinic {
      $0.seed = { $0.releases.insert(String(repeating: "0", count: 40), at: 0) }
    }
    let older = try #require(
      clinic.standin.withWorld { world in
        world.deployments.first { $0.projectID == "prj_clinic-api" }?.id
      })
    // Somebody takes production back, at Vercel.
    _ = try await shell(
      "curl -fsS -X POST -H 'Authorization: Bearer \(clinic.standin.token)' "
        + "'\(clinic.standin.apiURL)/v1/projects/prj_clinic-api/rollback/\(older)?description=5xx'",
      in: clinic.folder.path)
    #expect(clinic.standin.project("clinic-api")?.autoAssign == false)
    let before = clinic.changes
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 1, "\(ended)")
    #expect(ended.words.contains("production of api is pinned: standin rolled it back to \(older)"), "\(ended)")
    #expect(clinic.changes == before)
    #expect(try await clinic.run("deploy", "--unpin", " 1 ").exit == 2)
    let over = try await clinic.run("deploy", "--unpin", "mended in this commit")
    #expect(over.exit == 0 && clinic.serving == ["new", "new"], "\(over)")
    #expect(over.words.contains("api was taken back to \(older); this release goes over it: mended in this commit"))
    #expect(clinic.standin.project("clinic-api")?.autoAssign == true)
    let told = try await clinic.run("explain")
    #expect(told.output.contains(#""unpin": "mended in this commit""#), "\(told)")
  }

  @Test func `by Gatehouse itself does not stop the release that follows, and a choice stays a choice`() async throws {
    let clinic = try await Clinic { $0.seed = { $0.autoAssign = false } }
    clinic.fallIll(times: 3)
    let ill = try await clinic.run("deploy")
    #expect(ill.exit == 6, "\(ill)")
    for name in Clinic.names { #expect(clinic.standin.project(name)?.autoAssign == false) }
    clinic.standin.withWorld { $0.pages.removeAll() }
    clinic.standin.serve(PageRule("/api/health/database", [.well()]))
    let well = try await clinic.run("deploy")
    #expect(well.exit == 0 && clinic.serving == ["new", "new"], "\(well)")
    #expect(well.words.contains("api was taken back to"), "\(well)")
    for name in Clinic.names { #expect(clinic.standin.project(name)?.autoAssign == false) }
  }
}

/// `release.traffic` with Vercel's rolling releases.
@Suite(.inTurn) struct `Traffic in steps` {
  private static func steps(_ first: String, _ lasts: String, _ more: String = "") -> String {
    "release: { budget: { verify: 40s }, traffic: [{ share: \(first), for: \(lasts) }, \(more){ share: 100% }] }"
  }

  private func rolling(_ clinic: Clinic, _ name: String) -> StandinRolling? { clinic.standin.project(name)?.rolling }

  /// What was asked for about rolling releases, in order: `api approve-stage`.
  private func asked(_ clinic: Clinic) -> [String] {
    clinic.standin.seen.compactMap { request in
      let parts = request.path.split(separator: "/")
      guard request.method != "GET", parts.count > 3, parts[3] == "rolling-release" else { return nil }
      return "\(parts[2].dropFirst("prj_clinic-".count)) \(request.method == "DELETE" ? "off" : parts[4])"
    }
  }

  @Test func `goes stage by stage where the plan has them, and at once elsewhere, and says which`() async throws {
    let clinic = try await Clinic { $0.release = Self.steps("10%", "1s", "{ share: 50%, for: 1s }, ") }
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 0 && clinic.serving == ["new", "new"], "\(ended)")
    #expect(ended.words.contains("api in steps: 10 % for 1 s, 50 % for 1 s, then all"), "\(ended)")
    #expect(
      ended.words.contains("web at once: the plan's rolling releases are taken by other projects of this release"))
    #expect(asked(clinic) == ["api config", "api start", "api approve-stage", "api complete", "api off"])
    #expect(clinic.moves == ["promote web"])
    #expect(
      try await clinic.finished().suffix(8) == [
        "shift:0:api", "watch-stage:0", "shift:1:api", "watch-stage:1", "promote:api", "promote:web", "watch", "record",
      ])
    // As it was before.
    #expect(clinic.standin.project("clinic-api")?.rollingStages == nil)
    #expect(clinic.standin.project("clinic-api")?.autoAssign == true)
  }

  @Test func `goes at once with a plan that has none`() async throws {
    let clinic = try await Clinic {
      $0.release = Self.steps("10%", "1s")
      $0.plan = "hobby"
    }
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 0 && clinic.serving == ["new", "new"], "\(ended)")
    #expect(ended.words.contains("web at once: the team's plan has no rolling releases"), "\(ended)")
    #expect(asked(clinic) == [])
  }

  @Test func `takes everything back from a stage that is unwell, with the project's own stages as they were`()
    async throws
  {
    let clinic = try await Clinic {
      $0.release = Self.steps("90%", "60s")
      $0.plan = "enterprise"
      $0.seed = { if $0.name == "clinic-api" { $0.rollingStages = RollingStages([5, 100]) } }
    }
    clinic.fallIll()
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 6 && clinic.serving == ["old", "old"], "\(ended)")
    for name in Clinic.names { #expect(rolling(clinic, name)?.state == .aborted, "\(name)") }
    #expect(clinic.moves == ["rollback web", "rollback api"])
    #expect(clinic.standin.project("clinic-api")?.rollingStages == RollingStages([5, 100]))
    #expect(clinic.standin.project("clinic-web")?.rollingStages == nil)
    for name in Clinic.names { #expect(clinic.standin.project(name)?.autoAssign == true) }
  }

  @Test func `that was killed in a stage goes on from there`() async throws {
    let clinic = try await Clinic { $0.release = Self.steps("90%", "5s") }
    let looked = Signpost()
    clinic.atLook(1) { looked.pass() }
    async let running = clinic.run("deploy")
    await looked.wait()
    clinic.send(SIGKILL)
    #expect(try await running.signal == SIGKILL)
    #expect(rolling(clinic, "clinic-api")?.percentage == 90)
    let resumed = try await clinic.run("resume")
    #expect(resumed.exit == 0 && clinic.serving == ["new", "new"], "\(resumed)")
    #expect(asked(clinic) == ["api config", "api start", "api complete", "api off"])
  }

  @Test func `asks a person before the next step, and takes everything back at a no`() async throws {
    let clinic = try await Clinic {
      $0.release =
        "release: { budget: { verify: 40s }, "
        + "traffic: [{ share: 50%, for: 1s, approve: Nobody calls }, { share: 100% }] }"
      $0.plan = "enterprise"
    }
    async let running = clinic.run("deploy")
    let run = try await clinic.untilItAsks()
    let said = try await clinic.run(
      "confirm", run, "stage-1", "--no", "a clinic called", "--as", "Ana", with: ["PROCESS_FILE": "/dev/null"])
    #expect(said.exit == 0, "\(said)")
    let ended = try await running
    #expect(ended.exit == 6 && clinic.serving == ["old", "old"], "\(ended)")
    #expect(ended.words.contains("Nobody calls"), "\(ended)")
    for name in Clinic.names { #expect(rolling(clinic, name)?.state == .aborted, "\(name)") }
  }

  @Test func `that somebody aborted at Vercel is not begun again`() async throws {
    let clinic = try await Clinic { $0.release = Self.steps("90%", "2s") }
    clinic.atLook(1) { [standin = clinic.standin] in
      standin.withWorld { world in world.change("clinic-api") { $0.rolling?.state = .aborted } }
    }
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 6 && clinic.serving == ["old", "old"], "\(ended)")
    #expect(ended.words.contains("the rolling release was taken back at Vercel"), "\(ended)")
    #expect(asked(clinic).count { $0 == "api start" } == 1)
    #expect(!clinic.moves.contains("promote web"))
  }
}
