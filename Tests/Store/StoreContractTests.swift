import Core
import Store
import TestSupport
import Testing

/// What every engine does, whichever it is.
@Suite struct StoreContractTests {
  // MARK: Journals

  @Test(arguments: Engine.allCases)
  func `records come back in order and unchanged`(engine: Engine) async throws {
    let place = try await Place(engine)
    let store = try await place.open()
    let lease = try granted(await store.acquire("production", holder: holder("A"), for: .seconds(60)))
    let records: [JSON] = [
      ["z": 1, "a": [1.5, nil, true], "text": "ação \u{0} \u{1F600} ' \" \\ \n"], "a line", [],
      ["n": -9_223_372_036_854_775_808],
    ]
    for (index, record) in records.enumerated() { try await store.append(record, to: "A", at: index, lease: lease) }
    #expect(try await store.records(of: "A") == records)
    #expect(try await place.open().records(of: "A") == records)
    #expect(try await store.records(of: "B") == [])
  }

  @Test(arguments: Engine.allCases)
  func `a sequence is written once and without gaps`(engine: Engine) async throws {
    let store = try await Place(engine).open()
    let lease = try granted(await store.acquire("production", holder: holder("A"), for: .seconds(60)))
    try await store.append("first", to: "A", at: 1, lease: lease)
    #expect(
      await refusal { try await store.append("again", to: "A", at: 1, lease: lease) }
        == .sequenceTaken(run: "A", sequence: 1, place: store.place))
    #expect(
      await refusal { try await store.append("first", to: "A", at: 1, lease: lease) }
        == .sequenceTaken(run: "A", sequence: 1, place: store.place))
    #expect(
      await refusal { try await store.append("third", to: "A", at: 3, lease: lease) }
        == .sequenceGap(run: "A", sequence: 3, place: store.place))
    try await store.append("second", to: "A", at: 2, lease: lease)
    try await store.append("other", to: "B", at: 0, lease: lease)
    #expect(try await store.records(of: "A") == ["first", "second"])
    #expect(try await store.runs(limit: 10) == ["B", "A"])
    #expect(try await store.runs(limit: 1) == ["B"])
  }

  @Test(arguments: Engine.allCases)
  func `of writers at the same place exactly one succeeds`(engine: Engine) async throws {
    let place = try await Place(engine)
    let store = try await place.open()
    let lease = try granted(await store.acquire("production", holder: holder("A"), for: .seconds(60)))
    let others = [try await place.open(), try await place.open(), store]
    let written = await withTaskGroup(of: Bool.self) { group in
      for number in 0..<12 {
        group.addTask {
          await refusal {
            try await others[number % 3].append(.integer(Int64(number)), to: "A", at: 0, lease: lease)
          } == nil
        }
      }
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(written == 1)
    #expect(try await store.records(of: "A").count == 1)
  }

  @Test(arguments: Engine.allCases)
  func `a record is written even when the task is cancelled`(engine: Engine) async throws {
    let store = try await Place(engine).open()
    let lease = try granted(await store.acquire("production", holder: holder("A"), for: .seconds(60)))
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      try await store.append("done", to: "A", at: 0, lease: lease)
    }
    task.cancel()
    try await task.value
    #expect(try await store.records(of: "A") == ["done"])
  }

  // MARK: Leases

  @Test(arguments: Engine.allCases)
  func `a held lease is refused with who holds it`(engine: Engine) async throws {
    let place = try await Place(engine)
    let store = try await place.open()
    let lease = try granted(await store.acquire("production", holder: holder("A"), for: .seconds(60)))
    guard case .heldBy(let found) = try await place.open().acquire("production", holder: holder("B"), for: .seconds(60))
    else {
      Issue.record("granted twice")
      return
    }
    #expect(found.run == "A")
    #expect(found.host == "ci-1")
    #expect(found.until == lease.until)
    #expect(found.until - found.since == .seconds(60))
    #expect(try await store.holder(of: "production") == found)
    #expect(try await store.holder(of: "staging") == nil)
    _ = try granted(await store.acquire("staging", holder: holder("B"), for: .seconds(60)))
  }

  @Test(arguments: Engine.allCases)
  func `a lapsed lease goes to the next, and the late one is refused everything`(engine: Engine) async throws {
    let place = try await Place(engine)
    let store = try await place.open()
    let old = try granted(await store.acquire("production", holder: holder("A"), for: .seconds(60)))
    try await store.append("by the first", to: "A", at: 0, lease: old)
    try await place.outlast(old, store)
    #expect(try await store.holder(of: "production") == nil)
    // Lapsed, but nobody took it.
    try await store.append("late, alone", to: "A", at: 1, lease: old)

    let new = try granted(await store.acquire("production", holder: holder("B"), for: .seconds(60)))
    #expect(new.token > old.token)
    let taken = try #require(try await store.holder(of: "production"))
    let superseded = StoreProblem.superseded(lease: "production", by: taken, place: store.place)
    #expect(await refusal { try await store.append("too late", to: "A", at: 2, lease: old) } == superseded)
    #expect(await refusal { _ = try await store.renew(old, for: .seconds(60)) } == superseded)
    try await store.release(old)
    #expect(try await store.holder(of: "production")?.run == "B")
    #expect(try await store.records(of: "A").count == 2)
    try await store.append("by the second", to: "A", at: 2, lease: new)
  }

  @Test(arguments: Engine.allCases)
  func `a lease can be renewed, shortened and given back, and tokens go on growing`(engine: Engine) async throws {
    let place = try await Place(engine)
    let store = try await place.open()
    let first = try granted(await store.acquire("production", holder: holder("A"), for: .seconds(60)))
    let longer = try await store.renew(first, for: .seconds(600))
    #expect(longer.token == first.token)
    #expect(longer.until > first.until)
    #expect(try await store.renew(first, for: .seconds(5)).until < first.until)
    try await store.release(first)
    #expect(try await store.holder(of: "production") == nil)
    let second = try granted(await store.acquire("production", holder: holder("B"), for: .seconds(60)))
    #expect(second.token == first.token + 1)
  }

  @Test(arguments: Engine.allCases)
  func `the lease of one who is gone is taken over at once`(engine: Engine) async throws {
    let store = try await Place(engine).open()
    let old = try granted(await store.acquire("production", holder: holder("A", process: "7"), for: .seconds(600)))
    let new = try granted(
      await store.acquire(
        "production", holder: holder("A", process: "8"), for: .seconds(60), isGone: { $0.process == "7" }))
    #expect(new.token == old.token + 1)
    #expect(try await store.holder(of: "production")?.process == "8")
  }

  @Test(arguments: Engine.allCases)
  func `of many who ask at once exactly one gets the lease`(engine: Engine) async throws {
    let place = try await Place(engine)
    let stores = [try await place.open(), try await place.open(), try await place.open()]
    let grants = try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<12 {
        group.addTask {
          let outcome = try await stores[number % 3].acquire(
            "production", holder: holder("R\(number)"), for: .seconds(60))
          if case .granted = outcome { return true }
          return false
        }
      }
      return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(grants == 1)
  }

  // MARK: Documents

  @Test(arguments: Engine.allCases)
  func `documents are replaced in their place and listed in their order`(engine: Engine) async throws {
    let store = try await Place(engine).open()
    for id in ["b", "a", "c"] { try await store.put("release", id, ["id": .string(id)]) }
    try await store.put("snapshot", "s", 1)
    try await store.put("release", "b", "replaced")
    #expect(try await store.documents("release").map(\.id) == ["c", "a", "b"])
    #expect(try await store.documents("release", newestFirst: false, limit: 2).map(\.id) == ["b", "a"])
    #expect(try await store.document("release", "b") == "replaced")
    #expect(try await store.document("release", "a") == ["id": "a"])
    #expect(try await store.document("release", "s") == nil)
    #expect(try await store.documents("nothing").isEmpty)
  }

  @Test(arguments: Engine.allCases)
  func `a document is added once, and what is there is left`(engine: Engine) async throws {
    let store = try await Place(engine).open()
    #expect(try await store.add("answer", "1", "first"))
    #expect(try await !store.add("answer", "1", "second"))
    #expect(try await store.document("answer", "1") == "first")
    #expect(try await store.add("answer", "2", "second"))
    #expect(try await store.documents("answer", newestFirst: false, limit: 9).map(\.id) == ["1", "2"])
  }

  @Test(arguments: Engine.allCases)
  func `of many who add at once exactly one does`(engine: Engine) async throws {
    let place = try await Place(engine)
    let stores = [try await place.open(), try await place.open(), try await place.open()]
    let added = try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<12 {
        group.addTask { try await stores[number % 3].add("answer", "1", .integer(Int64(number))) }
      }
      return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(added == 1)
  }

  // MARK: Opening

  @Test(arguments: Engine.allCases)
  func `a store is not made when none is to be made`(engine: Engine) async throws {
    let place = try await Place(engine)
    await #expect { try await place.open(creating: false) } throws: { ($0 as? Problem)?.code == "store.absent" }
    _ = try await place.open()
    _ = try await place.open(creating: false)
  }

  @Test(arguments: Engine.allCases)
  func `many may open a new store at once`(engine: Engine) async throws {
    let place = try await Place(engine)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<6 {
        group.addTask { try await place.open().put("opened", "\(number)", true) }
      }
      try await group.waitForAll()
    }
    #expect(try await place.open().documents("opened").count == 6)
  }
}
