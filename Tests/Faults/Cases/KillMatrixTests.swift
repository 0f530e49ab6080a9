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
    var testDescription: String { name }
  }

  static let scenarios = [
    Scenario(
      name: "a good release", ill: false, exit: 0, standing: "new new, migrations 2 of 2, patients 50"),
    Scenario(
      name: "a release that falls ill", ill: true, exit: 6, standing: "old old, migrations 0 of 2, patients 50"),
  ]

  @Test(arguments: scenarios)
  func `ends the same wherever it is killed`(_ scenario: Scenario) async throws {
    let source = try await ClinicWorld.source()
    let points = try await pointsOfAWholeRun(scenario, source)
    try #require(points.count > 30, "the run has too few points: \(points)")

    let next = Turns(below: points.count)
    await withTaskGroup(of: Void.self) { group in
      // Two at a time: the machine that runs this has two cores.
      for _ in 0..<2 {
        group.addTask {
          while let point = await next.next() {
            do { try await kill(scenario, source, at: point, named: points[point]) } catch {
              Issue.record("point \(point), \(points[point]): \(error)")
            }
          }
        }
      }
    }
    print("kill matrix: \(scenario.name), killed at \(points.count) points, resumed each time")
  }

  /// The names of the points, from a run that is not killed; its ending is the scenario's.
  private func pointsOfAWholeRun(_ scenario: Scenario, _ source: TemporaryFolder) async throws -> [String] {
    let folder = try TemporaryFolder()
    let world = try await ClinicWorld.make(from: source, in: folder, ill: scenario.ill)
    let trace = source.path + "-trace-\(scenario.exit)"
    defer { try? FileManager.default.removeItem(atPath: trace) }
    let finished = try await world.run("deploy", trace: trace)
    #expect(finished.ending == .exited(scenario.exit), "\(words(finished))")
    #expect(try await world.standing() == scenario.standing)
    #expect(world.doubled() == [])
    await world.standin.stop()
    return String(decoding: try Data(contentsOf: URL(filePath: trace)), as: UTF8.self).split(separator: "\n")
      .map(String.init)
  }

  private func kill(_ scenario: Scenario, _ source: TemporaryFolder, at point: Int, named name: String) async throws {
    let folder = try TemporaryFolder()
    let world = try await ClinicWorld.make(from: source, in: folder, ill: scenario.ill)
    let place = "point \(point), \(name)"
    let killed = try await world.run("deploy", dyingAt: point)
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
