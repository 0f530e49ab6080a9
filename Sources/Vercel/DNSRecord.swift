import Core

/// A record of a domain whose names Vercel serves.
package struct DNSRecord: Hashable, Sendable {
  /// `rec_…`.
  package var id: String
  /// Below the domain; empty for the domain itself.
  package var name: String
  /// In capitals.
  package var type: String
  package var value: String
  /// Seconds; `nil` is Vercel's standard.
  package var ttl: Int64?
  /// Of `MX` only.
  package var priority: Int64?
  /// Made by Vercel itself, which lets nobody change it.
  package var isOfSystem: Bool

  /// `nil` when there is no id, type or value.
  package init?(json: JSON) {
    guard let id = json["id"]?.string, let type = (json["recordType"] ?? json["type"])?.string,
      let value = json["value"]?.string
    else { return nil }
    self.id = id
    self.type = type.uppercased()
    self.value = value
    name = (json["name"]?.string ?? "").lowercased()
    if name == "@" { name = "" }
    ttl = json["ttl"]?.integer
    priority = (json["mxPriority"] ?? json["priority"])?.integer
    isOfSystem = json["creator"]?.string == "system"
  }

  /// What ``init(json:)`` reads, and the API's own words for it.
  package var json: JSON {
    .dictionary([
      ("id", .string(id)), ("name", .string(name)), ("type", .string(type)), ("value", .string(value)),
      ("ttl", ttl.map { .integer($0) }), ("mxPriority", priority.map { .integer($0) }),
      ("creator", isOfSystem ? "system" : nil),
    ])
  }

  /// What a resolver sees of it.
  struct Content: Hashable {
    let type: String
    let value: String
    let ttl: Int64?
    let priority: Int64?
  }

  var content: Content { Content(type: type, value: value, ttl: ttl, priority: type == "MX" ? priority : nil) }
}

/// What must be done so that the names of a domain are again what they were.
struct RecordChanges {
  /// Records that are there and become the other one.
  var changed: [(now: DNSRecord, before: DNSRecord)] = []
  var made: [DNSRecord] = []
  var removed: [DNSRecord] = []
  /// Of names that had no such record before; they are nobody's to take away.
  var strange: [DNSRecord] = []

  var isNothing: Bool { changed.isEmpty && made.isEmpty && removed.isEmpty }
  var count: Int { changed.count + made.count + removed.count }

  /// - Parameters:
  ///   - before: What was written down; records of the system do not count.
  ///   - now: What is there, of the same types.
  init(from now: [DNSRecord], to before: [DNSRecord]) {
    let before = Dictionary(grouping: before.filter { !$0.isOfSystem }, by: \.name)
    let now = Dictionary(grouping: now.filter { !$0.isOfSystem }, by: \.name)
    for name in Set(before.keys).union(now.keys).sorted() {
      guard var wanted = before[name] else {
        strange += now[name] ?? []
        continue
      }
      var present = now[name] ?? []
      // Equal ones first, then the same record with other content, then any other of the name.
      for index in wanted.indices where wanted[index].ttl == nil {
        // Vercel's standard when it was written down: whatever it shows now will do.
        wanted[index].ttl = present.first { $0.id == wanted[index].id || $0.value == wanted[index].value }?.ttl
      }
      RecordChanges.pair(&present, &wanted, by: \.content)
      changed += RecordChanges.pair(&present, &wanted, by: \.id)
      let both = min(present.count, wanted.count)
      changed += zip(present.prefix(both), wanted.prefix(both)).map { ($0, $1) }
      removed += present.dropFirst(both)
      made += wanted.dropFirst(both)
    }
  }

  @discardableResult
  private static func pair(
    _ present: inout [DNSRecord], _ wanted: inout [DNSRecord], by key: KeyPath<DNSRecord, some Hashable>
  ) -> [(now: DNSRecord, before: DNSRecord)] {
    var pairs: [(now: DNSRecord, before: DNSRecord)] = []
    for record in present {
      guard let index = wanted.firstIndex(where: { $0[keyPath: key] == record[keyPath: key] }) else { continue }
      pairs.append((record, wanted.remove(at: index)))
    }
    present.removeAll { record in pairs.contains { $0.now.id == record.id } }
    return pairs
  }
}
