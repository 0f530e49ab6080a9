import Core
import FoundationEssentials
import JSONText
import Processes
import Standins
import TestSupport
import Testing

/// A run that waits for people, killed while it asks, while somebody answers, and while it reads the answers.
@Suite(.serialized) struct `The kill matrix of a run that waits` {
  private static let steps = ["deploy", "confirm", "deploy again"]

  /// The clinic without migrations: production is untouched while it waits, and no process is there.
  private static let policy =
    ClinicWorld.policy.replacing(
      "{ id: migrations, check: migrations }", with: "{ id: projects, check: vercel-projects }"
    )
    .split(separator: "\n").filter { !$0.contains("migrations:") && !$0.contains("on-rollback") }
    .joined(separator: "\n") + "\nrelease: { confirm: [A clinician can open the schedule, A consent can be signed] }\n"

  @Test func `goes on the same wherever it is killed`() async throws {
    let source = try await ClinicWorld.source(policy: Self.policy)
    let points = try await points(source)
    for step in Self.steps.indices {
      for point in points[step].indices where Self.isOfTheWait(step, point, points[step]) {
        try await kill(source, step, at: point, named: "\(Self.steps[step]), point \(point), \(points[step][point])")
      }
    }
  }

  /// The rest of a deploy is killed elsewhere.
  private static func isOfTheWait(_ step: Int, _ point: Int, _ names: [String]) -> Bool {
    switch step {
    case 0: point + 1 >= names.firstIndex(of: "before await-confirmations") ?? .max
    case 1: true
    default: point < names.firstIndex(of: "before promote:api") ?? 0
    }
  }

  private func points(_ source: TemporaryFolder) async throws -> [[String]] {
    let folder = try TemporaryFolder()
    let world = try await ClinicWorld.make(from: source, in: folder, ill: false)
    var points: [[String]] = []
    for step in Self.steps.indices {
      let trace = source.path + "-trace-\(step)"
      defer { try? FileManager.default.removeItem(atPath: trace) }
      let finished = try await take(step, world, trace: trace)
      #expect(finished.ending == .exited(step == 0 ? 5 : 0), "\(words(finished))")
      points.append(
        String(decoding: try Data(contentsOf: URL(filePath: trace)), as: UTF8.self).split(separator: "\n")
          .map(String.init))
    }
    #expect(try await world.standing() == "new new, migrations 0 of 2, patients 50")
    await world.standin.stop()
    try #require(points[0].contains("after await-confirmations") && points[1].contains("answered"), "\(points)")
    return points
  }

  private func kill(_ source: TemporaryFolder, _ fatal: Int, at point: Int, named place: String) async throws {
    let folder = try TemporaryFolder()
    let world = try await ClinicWorld.make(from: source, in: folder, ill: false)
    for step in Self.steps.indices {
      if step == fatal {
        let killed = try await take(step, world, dyingAt: String(point))
        #expect(killed.ending == .signalled(9), "\(place): \(words(killed))")
        #expect(try await world.standing() == "old old, migrations 0 of 2, patients 50", "\(place)")
      }
      let finished = step == fatal && step != 1 ? try await world.run("resume") : try await take(step, world)
      #expect(finished.ending == .exited(step == 0 ? 5 : 0), "\(place): \(words(finished))")
    }
    #expect(try await world.standing() == "new new, migrations 0 of 2, patients 50", "\(place)")
    #expect(world.doubled() == [], "\(place)")
    let told = try JSON(parsing: try await world.run("explain", "--format", "json").output)
    #expect(told["answers"]?.array?.compactMap { $0["item"]?.string } == ["1", "2"], "\(place)")
    await world.standin.stop()
  }

  private func take(
    _ step: Int, _ world: ClinicWorld, dyingAt point: String? = nil, trace: String? = nil
  ) async throws -> Finished {
    guard step == 1 else { return try await world.run("deploy", dyingAt: point, trace: trace) }
    let status = try JSON(parsing: try await world.run("status", "--format", "json").output)
    let run = try #require(status["waiting"]?["run"]?.string)
    return try await world.run("confirm", run, "--all", "--as", "Ana", dyingAt: point, trace: trace)
  }

  private func words(_ finished: Finished) -> String {
    "\(finished.ending)\n" + String(decoding: finished.output.suffix(1500), as: UTF8.self)
      + String(decoding: finished.errorOutput.suffix(1500), as: UTF8.self)
  }
}
