extension DatabaseDescription {
  /// Everything in which this database is not what `source` describes, in words; empty when nothing differs.
  ///
  /// A sequence may be ahead of the source: sequences are no part of a transaction, so a dump reads them later than the
  /// rows. Extensions' versions and materialized views' contents are not in a dump and not compared.
  ///
  /// - Parameter rights: Whether owners and privileges are compared too.
  package func differences(from source: DatabaseDescription, rights comparesRights: Bool = true) -> [String] {
    var found: [String] = []
    for name in Set(source.tables.keys).union(tables.keys).sorted() {
      switch (source.tables[name], tables[name]) {
      case (let expected?, let actual?): found += Self.differences(name, expected, actual)
      case (.some(let expected), nil):
        if expected.kind != .ofExtension || expected.digest != nil { found.append("table \(name) is missing") }
      case (nil, .some(let actual)): if actual.kind != .ofExtension { found.append("table \(name) was not there") }
      case (nil, nil): break
      }
    }
    for (name, expected) in source.sequences.sorted(by: { $0.key < $1.key }) {
      guard let actual = sequences[name] else {
        found.append("sequence \(name) is missing")
        continue
      }
      if expected.cycles { continue }
      let isBehind = expected.increment > 0 ? actual.next < expected.next : actual.next > expected.next
      if isBehind { found.append("sequence \(name) gives \(actual.next) next, \(expected.next) or later was expected") }
    }
    for name in sequences.keys.sorted() where source.sequences[name] == nil {
      found.append("sequence \(name) was not there")
    }
    if largeObjects.count != source.largeObjects.count {
      found.append("\(largeObjects.count) large objects instead of \(source.largeObjects.count)")
    } else if largeObjects != source.largeObjects {
      found.append("the contents of large objects differ")
    }
    found += Self.differences(source.objects, objects, what: "")
    if comparesRights { found += Self.differences(source.rights, rights, what: "owner or privileges of ") }
    for name in source.extensions.keys.sorted() where extensions[name] == nil {
      found.append("extension \(name) is missing")
    }
    for name in extensions.keys.sorted() where source.extensions[name] == nil {
      found.append("extension \(name) was not there")
    }
    return found
  }

  private static func differences(_ name: String, _ expected: Table, _ actual: Table) -> [String] {
    if expected.kind != actual.kind {
      return ["\(name) is a \(actual.kind.rawValue) instead of a \(expected.kind.rawValue)"]
    }
    guard let rows = expected.rows, let digest = expected.digest else { return [] }
    if actual.rows != rows {
      return ["table \(name) has \(actual.rows.map { "\($0)" } ?? "uncounted") rows instead of \(rows)"]
    }
    if actual.hash != expected.hash {
      return ["table \(name) was hashed in another way, so its contents are not comparable"]
    }
    return actual.digest == digest ? [] : ["table \(name) has other contents in its \(rows) rows"]
  }

  private static func differences(_ expected: [String: String], _ actual: [String: String], what: String) -> [String] {
    Set(expected.keys).union(actual.keys).sorted().compactMap { name in
      switch (expected[name], actual[name]) {
      case (let left?, let right?): left == right ? nil : "\(what)\(name) differs"
      case (.some, nil): "\(what)\(name) is missing"
      case (nil, .some): "\(what)\(name) was not there"
      case (nil, nil): nil
      }
    }
  }
}
