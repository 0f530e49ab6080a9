import Core
import Release
import Standins
import Store
import TestSupport
import Testing

@testable import Commands

@Suite struct `Compensations of a run` {
  private static func world(
    _ compensations: [Compensation], _ standin: VercelStandin, _ folder: TemporaryFolder
  ) async throws -> LiveWorld {
    var policy = Policy(name: "clinic", digest: "d")
    policy.projects = [
      Project(
        id: "api", path: "api", vercel: VercelTarget(project: "api", team: "acme", token: .environment("TOKEN")))
    ]
    policy.rollback.compensate = compensations
    let installation = try Installation(
      policy: policy, folder: folder.path,
      environment: ["VERCEL_API_URL": standin.apiURL, "TOKEN": standin.token, "PATH": "/usr/bin:/bin"])
    let store = try await SQLiteStore.open(in: folder.path, creating: true, timing: ManualTiming())
    return LiveWorld(
      installation: installation, runs: RunStore(store: store, policyName: "clinic"), progress: { _ in })
  }

  private static func context(_ facts: [String: JSON] = [:]) -> ActionContext {
    ActionContext(
      plan: ReleasePlan(
        run: "01B", environment: "production", commit: "3f9c2e1d3f9c2e1d3f9c2e1d3f9c2e1d3f9c2e1d", policyDigest: "d",
        evidenceDigest: "e",
        projects: [PlannedProject(id: "api", vercelID: "prj_api", name: "api", previous: "dpl_old", autoAssign: true)]),
      facts: facts)
  }

  private func facts(_ performance: Performance) throws -> JSON {
    guard case .done(let facts) = performance else { throw Problem("test.performance", "\(performance)") }
    return facts
  }

  @Test func `are kept before, undone from the journal, and done twice without harm`() async throws {
    let folder = try TemporaryFolder()
    let standin = try await VercelStandin.start(
      StandinConfiguration(projects: [ProjectSeed("api", releases: [String(repeating: "1", count: 40)])]))
    let id = standin.withWorld { $0.addRecord("clinic.example", "www", "A", "192.0.2.1") }
    let world = try await Self.world(
      [
        Compensation(id: "names", kind: .dns(domain: "clinic.example", types: ["A"])),
        Compensation(id: "edge", kind: .cache(["api"])),
        Compensation(id: "mark", kind: .command("echo done >> mark")),
        Compensation(id: "broken", kind: .command("exit 3")),
      ], standin, folder)

    let kept = try facts(await world.perform(.keep("names"), in: Self.context()))
    #expect(kept["told"]?.string == "names: 1 record of clinic.example written down")
    standin.withWorld { world in
      world.removeRecord(id)
      world.addRecord("clinic.example", "www", "A", "192.0.2.9")
    }
    // As a later process finds it: through the text of the journal.
    let record = try RunRecord(json: RunRecord.finished(.keep("names"), facts: kept).json)
    guard case .finished(.keep("names"), let read) = record else {
      Issue.record("it was read as \(record)")
      return
    }
    for told in ["names: 1 record of clinic.example put back", "names: clinic.example is as before"] {
      let done = try facts(await world.perform(.compensate("names"), in: Self.context(["keep:names": read])))
      #expect(done["told"]?.string == told)
    }
    #expect(standin.withWorld { $0.records.map(\.value) } == ["192.0.2.1"])

    _ = try facts(await world.perform(.compensate("edge"), in: Self.context()))
    #expect(standin.withWorld { $0.purged } == ["prj_api"])
    _ = try facts(await world.perform(.compensate("mark"), in: Self.context()))
    #expect(try folder.bytes(of: "mark") == Array("done\n".utf8))
    for (id, code) in [("broken", "command.failed"), ("unknown", "run.policy-changed")] {
      guard case .failed(let problem) = await world.perform(.compensate(id), in: Self.context()) else {
        Issue.record("\(id) did not fail")
        continue
      }
      #expect(problem.code == code)
    }
    await standin.stop()
  }
}
