import Core
import FoundationEssentials
import GRDB
import Glibc
import Store
import TestSupport
import Testing

@Suite struct SQLiteStoreTests {
  private let folder: TemporaryFolder
  private var file: String { folder.path + "/store.sqlite" }

  init() throws { folder = try TemporaryFolder() }

  private func open(creating: Bool = true) async throws -> SQLiteStore {
    try await SQLiteStore.open(in: folder.path, creating: creating, timing: ManualTiming())
  }

  private func mode(_ path: String) -> mode_t {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
  }

  private func change(_ sql: String) throws { try DatabaseQueue(path: file).write { try $0.execute(sql: sql) } }

  /// Everything into the main file.
  private func foldLog() throws {
    try DatabaseQueue(path: file).writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
  }

  @Test func `the file is private and the folder keeps itself out of Git`() async throws {
    let inner = folder.path + "/a/.gatehouse"
    let store = try await SQLiteStore.open(in: inner, creating: true, timing: ManualTiming())
    try await store.put("a", "b", 1)
    #expect(mode(inner) == 0o700)
    #expect(mode(inner + "/store.sqlite") == 0o600)
    #expect(mode(inner + "/store.sqlite-wal") == 0o600)
    #expect(try String(contentsOfFile: inner + "/.gitignore", encoding: .utf8) == "*\n")
    #expect(!(try FileManager.default.contentsOfDirectory(atPath: inner).contains { $0.contains("making") }))
  }

  @Test func `a file that others may read is made private`() async throws {
    _ = try await open()
    chmod(file, 0o644)
    _ = try await open()
    #expect(mode(file) == 0o600)
  }

  @Test(arguments: [
    "", "this is no database, and it is longer than a hundred bytes so that SQLite reads a whole header of it ......",
  ])
  func `what cannot be read is refused and left as it is`(content: String) async throws {
    try folder.write(content, to: "store.sqlite")
    guard case .corrupt = await refusal({ _ = try await open() }) else {
      Issue.record("it was opened")
      return
    }
    #expect(try String(contentsOfFile: file, encoding: .utf8) == content)
  }

  @Test func `a damaged page is found when the store is opened`() async throws {
    let store = try await open()
    for number in 0..<200 { try await store.put("kind", "\(number)", .string(String(repeating: "x", count: 500))) }
    try foldLog()
    let descriptor = Glibc.open(file, O_WRONLY)
    let garbage = [UInt8](repeating: 0xff, count: 4096 * 4)
    pwrite(descriptor, garbage, garbage.count, 4096 * 3)
    close(descriptor)
    guard case .corrupt = await refusal({ _ = try await open() }) else {
      Issue.record("it was opened")
      return
    }
  }

  @Test func `the database of another program is refused`() async throws {
    try change("CREATE TABLE patients (name TEXT)")
    guard case .foreign = await refusal({ _ = try await open() }) else {
      Issue.record("it was opened")
      return
    }
  }

  @Test func `a store of a newer version is refused by name`() async throws {
    _ = try await open()
    try change("PRAGMA user_version = 9")
    #expect(await refusal { _ = try await open() } == .newer(place: file, found: 9, known: 1))
  }

  @Test func `a table that vanished is told as damage`() async throws {
    let store = try await open()
    try change("DROP TABLE documents")
    guard case .corrupt = await refusal({ _ = try await store.document("a", "b") }) else {
      Issue.record("it was not noticed")
      return
    }
  }

  @Test func `a folder in the file's place is refused`() async throws {
    try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: true)
    guard case .foreign = await refusal({ _ = try await open() }) else {
      Issue.record("it was opened")
      return
    }
  }

  @Test func `a record that was changed by hand or removed is told`() async throws {
    let store = try await open()
    let lease = try granted(await store.acquire("production", holder: holder("A"), for: .seconds(60)))
    for number in 0..<3 { try await store.append(.integer(Int64(number)), to: "A", at: number, lease: lease) }
    try change("DELETE FROM records WHERE sequence = 1")
    #expect(
      await refusal { _ = try await store.records(of: "A") }
        == .corrupt(place: file, why: "a record of run A before number 2 is missing"))
    try change("INSERT INTO records VALUES ('A', 1, '{\"secret')")
    let found = await refusal { _ = try await store.records(of: "A") }
    guard case .corrupt(_, let why) = found else {
      Issue.record("it was not noticed")
      return
    }
    #expect(!why.contains("secret"))
  }
}

@Suite struct ProcessMarkTests {
  @Test func `this process is not gone, one that never was is, and one elsewhere cannot be known`() throws {
    let mark = try #require(ProcessMark.current())
    #expect(ProcessMark(mark.description) == mark)
    #expect(!mark.isGone)
    func other(number: String? = nil, started: String? = nil, boot: String? = nil) throws -> ProcessMark {
      try #require(
        ProcessMark("\(number ?? "\(mark.number)") \(started ?? mark.started) \(boot ?? mark.boot) \(mark.namespace)"))
    }
    #expect(try other(number: "2147483000").isGone)
    // The number was given to another process since.
    #expect(try other(started: "1").isGone)
    #expect(try !other(number: "2147483000", boot: "another-machine").isGone)
    #expect(ProcessMark("12 x") == nil)
    #expect(!LeaseHolder.thisProcess(for: "A").hasEnded)
    #expect(LeaseHolder(run: "A", host: "x", process: try other(started: "1").description).hasEnded)
    #expect(!LeaseHolder(run: "A", host: "x", process: "12").hasEnded)
    #expect(ProcessMark("-1 a b c") == nil)
  }
}
