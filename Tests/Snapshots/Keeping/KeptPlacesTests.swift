import Core
import FoundationEssentials
import Glibc
import Snapshots
import TestSupport
import Testing

/// A place that has put one of its objects under a legal hold.
private struct HoldingPlace: SnapshotPlace {
  let folder: any SnapshotPlace
  let held: String

  var shown: String { folder.shown }
  func objects() async throws(Problem) -> [SnapshotObject] { try await folder.objects() }
  func objectsWithLocks() async throws(Problem) -> [SnapshotObject] {
    try await folder.objects().map { SnapshotObject(name: $0.name, bytes: $0.bytes, isHeld: $0.name == held) }
  }
  func write(_ name: String) async throws(Problem) -> any SnapshotSink { try await folder.write(name) }
  func read(
    _ name: String, _ body: (UnsafeRawBufferPointer) async throws(Problem) -> Void
  ) async throws(Problem) { try await folder.read(name, body) }
  func remove(_ name: String) async throws(Problem) { try await folder.remove(name) }
}

/// Keeping on real folders: what is removed, what holds it back, and what a removal that was cut short leaves.
@Suite struct KeptPlacesTests {
  private static let identity = DatabaseIdentity.sample
  private let day: Duration = .seconds(86_400)

  /// Two folders with a proven snapshot of each age in days.
  private func work(_ ages: [Int64]) async throws -> (SnapshotWork, [String]) {
    let work = try SnapshotWork(places: ["one", "two"])
    work.timing.advance(by: day * 400)
    var ids: [String] = []
    for age in ages {
      let taken = work.timing.now() - day * Int(age)
      let id = RunID.make(at: taken, random: (UInt64(age), 7)).text
      ids.append(id)
      let manifest = SnapshotManifest.sample(id: id, at: taken, purpose: .daily)
      for place in ["one", "two"] {
        try work.folder.write(manifest.json.text(.indented), to: "\(place)/\(id).json")
        try work.folder.write("bytes", to: "\(place)/\(id).dump.zst")
        try work.folder.write(
          SnapshotVerification.sample(of: manifest).json.text(.indented), to: "\(place)/\(id).verified.json")
      }
    }
    return (work, ids)
  }

  private func keeping(_ work: SnapshotWork, needed: String? = nil) async throws -> Keeping {
    var rules = KeepingRules()
    rules.daily = day * 30
    return try await work.snapshotter.keeping(
      rules, zone: .utc, of: Self.identity, at: "db.example/clinic", proven: .restore,
      needed: { $0 == needed ? "run 7 has not ended" : nil })
  }

  @Test func `what goes is gone from every place, with all that lay beside it`() async throws {
    let (work, ids) = try await work([1, 31, 40])
    let kept = try await keeping(work)
    #expect(kept.plan.goes.map(\.id) == [ids[1], ids[2]])
    #expect(await work.snapshotter.remove(kept).isEmpty)
    for place in ["one", "two"] {
      #expect(try work.files(in: place) == [".dump.zst", ".json", ".verified.json"].map { ids[0] + $0 })
    }
  }

  @Test func `a hold, a run, and a hold that cannot be read keep`() async throws {
    let (work, ids) = try await work([1, 31, 40, 50, 60])
    let record = try await work.snapshotter.record(ids[1])
    let hold = SnapshotHold(
      snapshot: ids[1], reason: "inquiry 7", by: "counsel", at: work.timing.now(), until: work.timing.now() + day)
    try await work.snapshotter.hold(record, hold)
    try work.folder.write("{", to: "two/\(ids[2]).hold.json")
    let kept = try await keeping(work, needed: ids[3])
    #expect(kept.plan.goes.map(\.id) == [ids[4]])
    let reasons = Dictionary(uniqueKeysWithValues: kept.plan.decisions.map { ($0.id, $0.keptBecause) })
    #expect(reasons[ids[1]] == ["held by counsel: inquiry 7"])
    #expect(reasons[ids[2]]?.first?.contains("cannot be read") == true)
    #expect(reasons[ids[3]] == ["run 7 has not ended"])
    // A hold is no snapshot of its own, and no damage.
    #expect(kept.problems.isEmpty)

    work.timing.advance(by: day)
    #expect(try await keeping(work).plan.goes.map(\.id).contains(ids[1]), "the hold has ended")
    try await work.snapshotter.hold(
      record, SnapshotHold(snapshot: ids[1], reason: "r", by: "b", at: work.timing.now(), until: nil))
    #expect(try await !keeping(work).plan.goes.map(\.id).contains(ids[1]))
    try await work.snapshotter.takeHoldAway(from: record)
    #expect(try await keeping(work).plan.goes.map(\.id).contains(ids[1]))
  }

  @Test func `a removal that was cut short counts nowhere and is finished later, a young one is left alone`()
    async throws
  {
    let (work, ids) = try await work([1, 31, 2])
    for place in ["one", "two"] {
      unlink("\(work.folder.path)/\(place)/\(ids[1]).json")
      unlink("\(work.folder.path)/\(place)/\(ids[2]).json")
    }
    let kept = try await keeping(work)
    #expect(
      kept.leftovers.map(\.name) == [".dump.zst", ".verified.json", ".dump.zst", ".verified.json"].map { ids[1] + $0 })
    #expect(await work.snapshotter.remove(kept).isEmpty)
    #expect(try work.files(in: "one").contains("\(ids[2]).dump.zst"))
    #expect(try !work.files(in: "one").contains("\(ids[1]).dump.zst"))
  }

  @Test func `what its place holds for legal reasons stays`() async throws {
    let (work, ids) = try await work([1, 31, 40])
    let places: [any SnapshotPlace] = work.snapshotter.places.all.map {
      HoldingPlace(folder: $0, held: ids[1] + ".dump.zst")
    }
    let snapshotter = Snapshotter(places: places, timing: work.timing)
    var rules = KeepingRules()
    rules.daily = day * 30
    let kept = try await snapshotter.keeping(
      rules, zone: .utc, of: Self.identity, at: "db.example/clinic", proven: .restore, needed: { _ in nil })
    #expect(kept.plan.goes.map(\.id) == [ids[2]])
    let reasons = kept.plan.decisions.first { $0.id == ids[1] }?.keptBecause
    #expect(reasons == places.map { "\($0.shown) holds it for legal reasons" })
  }

  @Test func `damage is told and never removed`() async throws {
    let (work, ids) = try await work([1, 40])
    try work.folder.write("other bytes", to: "one/\(ids[1]).dump.zst")
    try work.folder.write("other bytes", to: "two/\(ids[1]).dump.zst")
    let kept = try await keeping(work)
    #expect(kept.problems.map(\.code) == ["snapshot.altered", "snapshot.altered"])
    #expect(kept.plan.goes.isEmpty)
    #expect(await work.snapshotter.remove(kept).isEmpty)
    #expect(try work.files(in: "one").contains("\(ids[1]).dump.zst"))
  }
}

@Suite struct PunctualityTests {
  private let now = Timestamp(seconds: 1_796_041_800)

  private func found(_ ages: [(hours: Int64, proven: Bool, ours: Bool)]) -> Punctuality {
    Punctuality(
      ages.map {
        KeepingPlan.Candidate(
          id: "s\($0.hours)", takenAt: now - .seconds($0.hours * 3600), purpose: .hourly, isOfThisDatabase: $0.ours,
          isProven: $0.proven)
      }, lateAfter: .seconds(2 * 3600), now: now)
  }

  @Test func `only a proven one of this database that is not from the future is in time`() {
    #expect(!found([(1, true, true)]).isLate)
    #expect(!found([(2, true, true)]).isLate)
    #expect(found([(3, true, true)]).isLate)
    #expect(found([(1, false, true), (3, true, true)]).isLate)
    #expect(found([(1, true, false)]).isLate)
    #expect(found([(-1, true, true)]).isLate)
    #expect(found([]).isLate)
  }

  @Test func `what is kept says when it is late`() {
    var rules = KeepingRules()
    #expect(rules.lateAfter == nil)
    rules.monthly = .seconds(1)
    #expect(rules.lateAfter == .seconds(32 * 86_400))
    rules.hourly = .seconds(1)
    #expect(rules.lateAfter == .seconds(7200))
  }
}

@Suite struct `The clock of this machine` {
  private func snapshotter(_ work: SnapshotWork, at now: Timestamp) -> Snapshotter {
    Snapshotter(places: work.snapshotter.places.all, timing: ManualTiming(at: now))
  }

  @Test func `must be that of the database before anything goes by its age`() async throws {
    let work = try SnapshotWork()
    let url = try await ThrowawayPostgres.database("clock")
    let told = try await SampleSchema.value("SELECT extract(epoch FROM clock_timestamp())::bigint", on: url)
    let now = Timestamp(seconds: try #require(told.flatMap { Int64($0) }))
    for seconds in [-240, 0, 240] as [Int64] {
      try await snapshotter(work, at: now + .seconds(seconds)).refuseWrongClock(url)
    }
    for seconds in [-400, 400, 86_400] as [Int64] {
      let wrong = snapshotter(work, at: now + .seconds(seconds))
      let problem = await #expect(throws: Problem.self) { try await wrong.refuseWrongClock(url) }
      #expect(problem?.code == "snapshot.clock" && problem?.why?.contains("at the database") == true)
    }
  }
}
