import Age
import Attestations
import Core
import FoundationEssentials
import Glibc
import JSONText
import Processes
import Snapshots
import TestSupport
import Testing

@Suite struct `An export` {
  private let identity = AgeIdentity.make()

  private func keys() throws -> SnapshotKeys { SnapshotKeys(recipients: [try identity.recipient()]) }
  /// Who reads what others wrote.
  private var custodian: SnapshotKeys { SnapshotKeys(identities: [identity]) }

  private static let database = Task { () -> Secret in
    let url = try await ThrowawayPostgres.database("exports")
    try await SampleSchema.run(ExportSchema.sql, on: url)
    return url
  }

  private func order(
    _ work: SnapshotWork, _ tables: [ExportRules.Table], excluding: [String] = []
  ) async throws -> Snapshotter.Order {
    var order = work.order(try await Self.database.value)
    order.exports = ExportRules(tables)
    order.excluding = excluding
    return order
  }

  /// The line of docs/reference/snapshots.md, and what follows it.
  private func byHand(_ file: String, _ then: String, in work: SnapshotWork) async throws -> String {
    try work.folder.write(identity.reveal() + "\n", to: "key.txt")
    let line = #"age -d -i key.txt "$EXPORT" | zstd -d"#
    let finished = try await SystemProcessRunner().run(
      Command(
        ["bash", "-o", "pipefail", "-c", line + then],
        environment: [
          "PATH": "/usr/bin:/bin", "EXPORT": work.store + "/" + file, "PYTHON": BackgroundProgram.interpreter,
          "CHECK": BackgroundProgram.programs + "/check_lines.py", "STORE": work.store,
        ], folder: work.folder.path, timeout: .seconds(60)))
    #expect(finished.succeeded, "\(String(decoding: finished.errorOutput, as: UTF8.self))")
    return String(decoding: finished.output, as: UTF8.self)
  }

  @Test(.enabled(if: access("/usr/bin/age", X_OK) == 0, "age is not installed (Debian, Ubuntu: apt-get install age)"))
  func `keeps every value, by hand and by its schema`() async throws {
    let work = try SnapshotWork(keys: try keys())
    let record = try await work.snapshotter.create(
      order(
        work,
        [
          .init("clinic.kinds", except: ["secret"]), .init("events"), .init("parent"), .init("empty"),
          .init(#"a "b" ç"#),
        ]))
    let manifest = try #require(try await work.snapshotter.exports(of: record))
    #expect(manifest.tables.map(\.rows) == [2, 365, 3, 0, 1])
    #expect(
      manifest.tables.map(\.name)
        == ["clinic.kinds", "public.events", "public.parent", "public.empty", #"public."a ""b"" ç""#])
    #expect(manifest.tables[0].primaryKey == ["part", "id"] && manifest.tables[0].leftOut == ["secret"])
    #expect(manifest.tables[4].file == record.id + ".export-5-public._a___b_____.jsonl.zst.age")
    #expect(ExportManifest(json: manifest.json) == manifest)

    for table in manifest.tables {
      let check = #" | "$PYTHON" "$CHECK" "$STORE"/\#(ExportManifest.name(record.id)) '\#(table.name)'"#
      #expect(try await byHand(table.file, check, in: work) == "\(table.rows)\n")
    }
    let text = try await byHand(manifest.tables[0].file, "", in: work)
    #expect(!text.contains("not to be written") && !text.contains("nor this"))
    // Our own reader refuses a key that stands twice.
    let lines = try text.replacing(#", "a": 12345678901234567890123"#, with: "").split(separator: "\n").map {
      try JSON(parsing: String($0))
    }
    let first = try #require(lines.first { $0["part"] == 1 })
    let expected: [String: JSON] = [
      "id": "9223372036854775807", "exact": "123456789012345678901234567890.000000000000000000000000000001",
      "amount": "9007199254740993.1000", "near": 1e308, "rough": 0.1, "small": -32768,
      "name": "line\nbreak\ttab \\ \" \u{1}\u{2} \u{2028} \u{1F600}", "fixed": "ab   ", "born": "0044-03-15 BC",
      "local": "2026-01-01T12:00:00.5", "at": "2026-01-01T09:00:00.123456+00:00", "hour": "24:00:00",
      "took": "-1 mons +2 days 03:04:05.6", "tree": ["b": [1, nil]], "status": "draft", "states": ["draft", nil],
      "longs": ["9007199254740993", nil], "exacts": ["0.10", "NaN"], "grid": [[1, nil], [3, 4]],
      "raws": ["\\x00", nil], "seen": ["infinity"], "pairs": [["a": nil, "b": 1]], "span": "[1,5)",
      "raw": .string(Data(repeatElement([0, 255], count: 100).joined()).base64EncodedString()),
      "odd \"name\"": "odd", "r": "r", "q": "q", "Größe €": 1,
    ]
    for (name, value) in expected { #expect(first[name] == value, "\(name)") }
    // Numbers within documents keep all their digits, and a key that is there twice is there twice.
    #expect(text.contains(#""doc":{"a":  1.10, "a": 12345678901234567890123},"#))
    #expect(text.contains(#""b":12345678901234567890.5"#))
    let second = try #require(lines.first { $0["part"] == 2 })
    for name in ["exact", "near"] { #expect(second[name] == "NaN") }
    #expect(second["rough"] == "-Infinity" && second["born"] == "infinity" && second["local"] == "-infinity")
    #expect(second["at"] == "0001-01-01T00:00:00+00:00 BC" && second["raw"] == "" && second["doc"] == .null)

    // The validator would have seen another value.
    let other =
      #" | sed 's/"id":"1"/"id":1/' | "$PYTHON" "$CHECK" "$STORE"/\#(record.id).export.json clinic.kinds 2>&1; true"#
    #expect(try await byHand(manifest.tables[0].file, other, in: work).contains("$.id: type"))
    let schema = manifest.tables[0].schema
    #expect(schema["description"] == "One of each")
    #expect(schema["properties"]?["name"]?["description"] == #"as in the "passport""#)
    #expect(schema["properties"]?["amount"]?["$comment"] == "clinic.amount")
    #expect(schema["properties"]?["status"]?["anyOf"]?[0]?["enum"] == ["draft", "it's \"void\""])
  }

  @Test func `is read again by who has a key, and told when it is damaged`() async throws {
    let work = try SnapshotWork(places: ["store", "second"], keys: try keys())
    let record = try await work.snapshotter.create(order(work, [.init("events", columns: ["at"]), .init("parent")]))
    let reader = work.with(custodian)
    let manifest = try #require(try await reader.verifyExports(of: record))
    #expect(manifest.tables.map(\.columns) == [["at"], ["a"]])
    #expect(try await work.snapshotter.verifyExports(of: record) == manifest, "with the files' own keys")
    let stranger = await #expect(throws: Problem.self) { try await work.with(keys()).verifyExports(of: record) }
    #expect(stranger?.code == "snapshot.no-identity")

    func problem(_ change: (inout Data) -> Void, _ file: String, in place: String = "second") async throws -> Problem? {
      let path = work.folder.path + "/" + place + "/" + file
      let whole = try #require(FileManager.default.contents(atPath: path))
      var changed = whole
      change(&changed)
      try changed.write(to: URL(filePath: path))
      let problem = await #expect(throws: Problem.self) { try await reader.verifyExports(of: record) }
      try whole.write(to: URL(filePath: path))
      return problem
    }
    let file = manifest.tables[0].file
    #expect(try await problem({ $0[$0.count / 2] ^= 1 }, file)?.code == "snapshot.altered")
    #expect(try await problem({ $0.removeLast() }, file)?.code == "snapshot.truncated")
    #expect(try await problem({ $0.append(0) }, file)?.code == "snapshot.altered")
    let name = ExportManifest.name(record.id)
    #expect(try await problem({ $0.removeLast(2) }, name)?.code == "snapshot.unreadable")
    let lie = String(decoding: try JSONEncoding.text(manifest, rows: 364), as: UTF8.self)
    #expect(try await problem({ $0 = Data(lie.utf8) }, name)?.code == "snapshot.altered")
    for place in ["store", "second"] {
      try Data(lie.utf8).write(to: URL(filePath: work.folder.path + "/\(place)/\(name)"))
    }
    let short = await #expect(throws: Problem.self) { try await reader.verifyExports(of: record) }
    #expect(short?.code == "snapshot.export-differs")
    #expect(try await reader.list().records == [record], "the snapshot itself is as it was")
  }

  private enum JSONEncoding {
    static func text(_ manifest: ExportManifest, rows: Int64) throws -> [UInt8] {
      var changed = manifest
      changed.tables[0].rows = rows
      return Array(changed.json.text(.indented).utf8)
    }
  }

  @Test func `of a snapshot that has none is made of the restored copy, line for line`() async throws {
    let work = try SnapshotWork(keys: try keys())
    let rules = ExportRules([.init("clinic.kinds"), .init("events")])
    let direct = try await work.snapshotter.create(order(work, rules.tables))
    let plain = try await work.snapshotter.create(work.order(try await Self.database.value))
    #expect(try await work.snapshotter.exports(of: plain) == nil)
    let scratch = ScratchPlace.server(try await ThrowawayPostgres.server().url())
    let made = try await work.snapshotter.export(rules, of: plain, scratch: scratch)
    let first = try #require(try await work.snapshotter.exports(of: direct))
    #expect(try await work.snapshotter.verifyExports(of: plain) == made)
    #expect(made.tables.map(\.linesSHA256) == first.tables.map(\.linesSHA256))
    #expect(made.tables.map(\.schema) == first.tables.map(\.schema))
    let again = await #expect(throws: Problem.self) {
      try await work.snapshotter.export(rules, of: plain, scratch: scratch)
    }
    #expect(again?.code == "snapshot.exported")
    // All of it goes with the snapshot.
    try await work.snapshotter.discard(direct.id)
    #expect(try work.files().allSatisfy { $0.hasPrefix(plain.id) } && work.files().count == 5)
  }

  @Test(arguments: [
    (ExportRules.Table("people"), "there is no table public.people", "compared letter by letter"),
    (.init("kinds"), "there is no table public.kinds", "there is clinic.kinds: write it with its schema"),
    (.init("seen"), "public.seen is no table", "that it takes its rows from"),
    (.init("audit.log"), "table audit.log is not exported", "database.snapshot.exclude"),
    (.init("outside"), "table public.outside is not exported", "database.snapshot.exclude"),
    (.init("nothing"), "no column left", "fewer"),
    (.init("events", except: ["id", "name"]), "table public.events has no column name", "renamed"),
    (.init("events", except: ["id", "at"]), "no column left", "fewer"),
    (.init("public.empty"), "table public.empty is named twice", "once"),
  ])
  func `of what cannot be exported is refused by its name`(
    table: ExportRules.Table, what: String, remedy: String
  ) async throws {
    let work = try SnapshotWork(keys: try keys())
    let order = try await order(work, [.init("empty"), table], excluding: ["audit"])
    let problem = await #expect(throws: Problem.self) { try await work.snapshotter.create(order) }
    #expect(problem?.code == "snapshot.export-table" && problem?.what.contains(what) == true, "\(problem as Any)")
    #expect(problem?.remedy?.contains(remedy) == true)
    #expect(try work.files() == [])
  }

  @Test func `is never written as plain text, nor beside a dump that failed`() async throws {
    let plain = try SnapshotWork()
    let open = try await order(plain, [.init("empty")])
    let refused = await #expect(throws: Problem.self) { try await plain.snapshotter.create(open) }
    #expect(refused?.code == "snapshot.export-plain" && refused?.remedy?.contains("age-keygen") == true)
    #expect(try plain.files() == [])

    let failing = try SnapshotWork("$real \"$@\" | head -c 20000; exit 1", keys: try keys())
    let tables = try await order(failing, [.init("events"), .init("empty")])
    let failed = await #expect(throws: Problem.self) { try await failing.snapshotter.create(tables) }
    #expect(failed?.code == "snapshot.dump-failed")
    #expect(try failing.files() == [])
  }

  @Test func `counts only as it was signed`() async throws {
    let made = try await SystemProcessRunner().run(
      Command(
        ["openssl", "genpkey", "-algorithm", "ed25519"], environment: ["PATH": "/usr/bin:/bin"], folder: "/",
        timeout: .seconds(30)))
    let signer = try EnvelopeSigner(pem: Secret(String(decoding: made.output, as: UTF8.self)))
    var signing = try keys()
    (signing.signer, signing.signedBy) = (signer, [signer.publicKey])
    let work = try SnapshotWork(keys: signing)
    let record = try await work.snapshotter.create(order(work, [.init("parent")]))
    let manifest = try #require(try await work.snapshotter.exports(of: record))
    let name = work.store + "/" + ExportManifest.name(record.id)
    try JSONEncoding.text(manifest, rows: 2).withUnsafeBytes { Data($0) }.write(to: URL(filePath: name))
    let problem = await #expect(throws: Problem.self) { try await work.snapshotter.exports(of: record) }
    #expect(problem?.code == "snapshot.unsigned")
  }
}

@Suite struct `Lines of JSON` {
  private func count(_ text: String, piece: Int) throws -> Int64 {
    let lines = JSONLines(from: "here")
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: piece) {
      try bytes[start..<min(start + piece, bytes.count)].withUnsafeBytes { try lines.add($0) }
    }
    try lines.finish()
    return lines.count
  }

  @Test(arguments: [1, 7, 1000])
  func `are counted in pieces of any length`(piece: Int) throws {
    #expect(try count("", piece: piece) == 0)
    #expect(try count("{}\n{\"a\": [1, {\"b\": \"x\\ny\"}]}\n", piece: piece) == 2)
  }

  @Test(arguments: [
    "{}", "{}\n\n", "{}\n[1]\n", "{}\n1\n", "{}\n{\"a\": \n", "{}\n{} {}\n", "{}\nx\n", "{}\n{\"a\": \"\u{1}\"}\n",
  ])
  func `that are none are named by their number`(text: String) {
    for piece in [1, 1000] {
      let problem = #expect(throws: Problem.self) { try count(text, piece: piece) }
      #expect(problem?.code == "snapshot.export-garbled")
      #expect(problem?.what.contains(text == "{}" ? "line 1 " : "line 2 ") == true)
    }
  }
}
