import Core
import OpenSSL

extension DatabaseDescription {
  /// One digest over every object's definition: equal when the schemas are.
  package var schemaDigest: String {
    let lines = objects.sorted { $0.key < $1.key }.map { "\($0.key)\t\($0.value)\n" }
    return Digest.hex(Digest.sha256(Array(lines.joined().utf8)))
  }

  package var json: JSON {
    .dictionary([
      ("identity", identity.json),
      (
        "tables",
        Self.object(tables) { table in
          .dictionary([
            ("oid", .integer(table.oid)), ("kind", .string(table.kind.rawValue)),
            ("rows", table.rows.map { .integer($0) }), ("digest", table.digest.map { .string($0) }),
            ("hash", table.hash == .text ? nil : .string(table.hash.rawValue)),
          ])
        }
      ),
      (
        "sequences",
        Self.object(sequences) { sequence in
          .dictionary([
            ("last", .integer(sequence.last)), ("called", .bool(sequence.isCalled)),
            ("increment", .integer(sequence.increment)), ("cycles", .bool(sequence.cycles)),
          ])
        }
      ),
      (
        "largeObjects",
        .dictionary([("count", .integer(largeObjects.count)), ("digest", .string(largeObjects.digest))])
      ),
      ("schemaDigest", .string(schemaDigest)),
      ("objects", Self.object(objects) { .string($0) }), ("rights", Self.object(rights) { .string($0) }),
      ("extensions", Self.object(extensions) { .string($0) }), ("roles", .strings(roles)),
      ("excluded", .strings(excluded)), ("outside", Self.object(outside) { .string($0) }), ("notes", .strings(notes)),
    ])
  }

  /// `nil` when anything is missing, of another kind, or does not fit the schema digest.
  package init?(json: JSON) {
    guard let identity = json["identity"].flatMap(DatabaseIdentity.init(json:)),
      let tables = Self.dictionary(json["tables"], Self.table),
      let sequences = Self.dictionary(json["sequences"], Self.sequence),
      let count = json["largeObjects"]?["count"]?.integer, let digest = json["largeObjects"]?["digest"]?.string,
      let objects = Self.dictionary(json["objects"], \.string), let rights = Self.dictionary(json["rights"], \.string),
      let extensions = Self.dictionary(json["extensions"], \.string), let roles = Self.texts(json["roles"]),
      let excluded = Self.texts(json["excluded"]), let notes = Self.texts(json["notes"])
    else { return nil }
    // Of one from before it was written down, nothing is known.
    guard let outside = json["outside"].map({ Self.dictionary($0, \.string) }) ?? [:] else { return nil }
    self.init(identity: identity)
    self.tables = tables
    self.sequences = sequences
    largeObjects = LargeObjects(count: count, digest: digest)
    self.objects = objects
    self.rights = rights
    self.extensions = extensions
    self.roles = roles
    self.excluded = excluded
    self.outside = outside
    self.notes = notes
    guard json["schemaDigest"]?.string == schemaDigest else { return nil }
  }

  private static func object<Value>(_ values: [String: Value], _ json: (Value) -> JSON) -> JSON {
    .object(values.sorted { $0.key < $1.key }.map { JSON.Member($0.key, json($0.value)) })
  }

  private static func dictionary<Value>(_ json: JSON?, _ read: (JSON) -> Value?) -> [String: Value]? {
    guard let members = json?.members else { return nil }
    var values: [String: Value] = [:]
    for member in members {
      guard let value = read(member.value) else { return nil }
      values[member.key] = value
    }
    return values
  }

  private static func texts(_ json: JSON?) -> [String]? {
    guard let elements = json?.array else { return nil }
    let texts = elements.compactMap(\.string)
    return texts.count == elements.count ? texts : nil
  }

  private static func table(_ json: JSON) -> Table? {
    guard let oid = json["oid"]?.integer, let kind = json["kind"]?.string.flatMap(Table.Kind.init(rawValue:)) else {
      return nil
    }
    // Of one from before there was another it was the text's.
    guard let hash = RowDigest(rawValue: json["hash"].map { $0.string ?? "" } ?? "text") else { return nil }
    return Table(oid: oid, kind: kind, rows: json["rows"]?.integer, digest: json["digest"]?.string, hash: hash)
  }

  private static func sequence(_ json: JSON) -> Sequence? {
    guard let last = json["last"]?.integer, let isCalled = json["called"]?.bool,
      let increment = json["increment"]?.integer, let cycles = json["cycles"]?.bool
    else { return nil }
    return Sequence(last: last, isCalled: isCalled, increment: increment, cycles: cycles)
  }
}

extension DatabaseIdentity {
  package var json: JSON {
    .dictionary([
      ("systemIdentifier", systemIdentifier.map { .string($0) }), ("database", .string(database)),
      ("oid", .integer(oid)), ("serverVersion", .integer(Int64(serverVersion))), ("encoding", .string(encoding)),
      ("collate", .string(collate)), ("ctype", .string(ctype)),
      ("continues", continues.isEmpty ? nil : .array(continues.map { .integer($0) })),
    ])
  }

  package init?(json: JSON) {
    guard let database = json["database"]?.string, let oid = json["oid"]?.integer,
      let version = json["serverVersion"]?.integer, let encoding = json["encoding"]?.string,
      let collate = json["collate"]?.string, let ctype = json["ctype"]?.string
    else { return nil }
    self.init(
      systemIdentifier: json["systemIdentifier"]?.string, database: database, oid: oid, serverVersion: Int(version),
      encoding: encoding, collate: collate, ctype: ctype)
    guard let continued = json["continues"] else { return }
    guard let numbers = continued.array?.map(\.integer), !numbers.contains(nil) else { return nil }
    continues = numbers.compactMap { $0 }
  }
}
