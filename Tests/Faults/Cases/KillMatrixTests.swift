import Core
import FoundationEssentials
import Processes
import Standins
import TestSupport
import Testing

/// Hands out the numbers from 0 to below a limit, each once.
private actor Turns {
  private var numbers: Range<Int>
  init(below limit: Int) { numbers = 0..<limit }
  func next() -> Int? { numbers.popFirst() }
}

/// Law L3 with the real program: it is killed at every point, resumed, and everything agrees in the end.
@Suite(.serialized) struct `The kill matrix` {
  struct Scenario: Sendable, CustomTestStringConvertible {
    let name: String
    let ill: Bool
    let exit: Int32
    let standing: String
    var policy = ClinicWorld.policy
    /// Whether only some of the points are of this scenario, because the others are killed in another.
    var isOfTheWayBack = false
    var testDescription: String { name }
  }

  static let scenarios = [
    Scenario(
      name: "a good release", ill: false, exit: 0, standing: "new new, migrations 2 of 2, patients 50"),
    Scenario(
      name: "a release that falls ill", ill: true, exit: 6, standing: "old old, migrations 0 of 2, patients 50"),
    Scenario(
      name: "a release that falls ill, whose database is restored", ill: true, exit: 6,
      standing: "old old, migrations 0 of 2, patients 50",
      policy: ClinicWorld.policy.replacing("on-rollback: down-if-safe", with: "on-rollback: restore"),
      isOfTheWayBack: true),
  ]

  /// Set for every point; else a scenario of the way back has those around its effects, and every fourth of the rest of it.
  private static let hasAll = ProcessInfo.processInfo.environment["GATEHOUSE_KILL_ALL"] != nil

  private static func points(_ names: [String], of scenario: Scenario) -> [Int] {
    guard scenario.isOfTheWayBack, !hasAll else { return Array(names.indices) }
    // Traffic goes back first; what is before that does not know how the database will go back.
    let begin = names.firstIndex { $0.hasPrefix("before roll-back:") } ?? names.count
    let effects = ["snapshot-present", "reverse-migrations"]
    return names.indices.filter { index in
      let isOfEffect = names[index] == "restoring" || effects.contains { names[index].hasSuffix(" " + $0) }
      return index >= begin && (isOfEffect || (index - begin) % 4 == 0)
    }
  }

  @Test(arguments: scenarios)
  func `ends the same wherever it is killed`(_ scenario: Scenario) async throws {
    let source = try await ClinicWorld.source(policy: scenario.policy)
    let points = try await pointsOfAWholeRun(scenario, source)
    try #require(points.count > 30, "the run has too few points: \(points)")

    let chosen = Self.points(points, of: scenario)
    try #require(chosen.count > (scenario.isOfTheWayBack ? 8 : 30), "too few points of \(points)")
    let next = Turns(below: chosen.count)
    await withTaskGroup(of: Void.self) { group in
      // Two at a time: the machine that runs this has two cores.
      for _ in 0..<2 {
        group.addTask {
          while let turn = await next.next() {
            let point = chosen[turn]
            do { try await kill(scenario, source, at: point, of: points) } catch {
              Issue.record("point \(point), \(points[point]): \(error)")
            }
          }
        }
      }
    }
    print("kill matrix: \(scenario.name), killed at \(chosen.count) of \(points.count) points, resumed each time")
  }

  /// The names of the points, from a run that is not killed; its ending is the scenario's.
  private func pointsOfAWholeRun(_ scenario: Scenario, _ source: TemporaryFolder) async throws -> [String] {
    let folder = try TemporaryFolder()
    let world = try await ClinicWorld.make(from: source, in: folder, ill: scenario.ill)
    let trace = source.path + "-trace"
    defer { try? FileManager.default.removeItem(atPath: trace) }
    let finished = try await world.run("deploy", trace: trace)
    #expect(finished.ending == .exited(scenario.exit), "\(words(finished))")
    #expect(try await world.standing() == scenario.standing)
    #expect(world.doubled() == [])
    await world.standin.stop()
    return String(decoding: try Data(contentsOf: URL(filePath: trace)), as: UTF8.self).split(separator: "\n")
      .map(String.init)
  }

  private func kill(_ scenario: Scenario, _ source: TemporaryFolder, at point: Int, of all: [String]) async throws {
    let folder = try TemporaryFolder()
    let world = try await ClinicWorld.make(from: source, in: folder, ill: scenario.ill)
    let place = "point \(point), \(all[point])"
    // By its name, where only one has it: how often the watch looks before that is not the same in every run.
    let killed = try await world.run(
      "deploy", dyingAt: all.count { $0 == all[point] } == 1 ? all[point] : String(point))
    // A watch may notice the illness a sample earlier or later, so a late point may not be reached.
    guard killed.ending == .signalled(9) else {
      #expect(killed.ending == .exited(scenario.exit), "\(place): \(words(killed))")
      await world.standin.stop()
      return
    }
    let resumed = try await world.run("resume")
    // Killed before the first record was written there is no run, and nothing was touched.
    let hasRun = resumed.ending != .exited(2)
    if hasRun {
      #expect(resumed.ending == .exited(scenario.exit), "\(place): \(words(resumed))")
      #expect(try await world.standing() == scenario.standing, "\(place)")
    } else {
      #expect(try await world.standing() == "old old, migrations 0 of 2, patients 50", "\(place)")
    }
    #expect(world.doubled() == [], "\(place)")
    await world.standin.stop()
  }

  private func words(_ finished: Finished) -> String {
    "\(finished.ending)\n" + String(decoding: finished.output.suffix(1500), as: UTF8.self)
      + String(decoding: finished.errorOutput.suffix(1500), as: UTF8.self)
  }
}
