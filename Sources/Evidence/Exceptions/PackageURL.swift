/// A package URL, `pkg:npm/%40scope/name@1.2.3?arch=x86_64#lib`: how advisories, bills of materials and VEX name a package.
///
/// Source: https://github.com/package-url/purl-spec (PURL-SPECIFICATION.rst, PURL-TYPES.rst)
package struct PackageURL: Hashable, Sendable {
  package let type: String
  /// Decoded, its parts joined by `/`; `nil` when there is none.
  package let namespace: String?
  package let name: String
  /// `nil` stands for every version.
  package let version: String?
  package let qualifiers: [String: String]
  package let subpath: String?

  private static let longest = 2048
  /// Types whose names do not tell capital letters from small ones.
  private static let caseless: Set<String> = [
    "alpm", "apk", "bitbucket", "composer", "deb", "github", "golang", "hex", "npm", "oci", "pypi",
  ]

  /// `nil` for a text that is no package URL.
  package init?(_ text: String) {
    guard text.utf8.count <= PackageURL.longest, text.prefix(4).lowercased() == "pkg:" else { return nil }
    var rest = text.dropFirst(4).drop { $0 == "/" }
    var subpath: String?
    if let mark = rest.lastIndex(of: "#") {
      guard let parts = PackageURL.segments(rest[rest.index(after: mark)...]) else { return nil }
      subpath = parts.isEmpty ? nil : parts.joined(separator: "/")
      rest = rest[..<mark]
    }
    var qualifiers: [String: String] = [:]
    if let mark = rest.lastIndex(of: "?") {
      for pair in rest[rest.index(after: mark)...].split(separator: "&") {
        guard let equals = pair.firstIndex(of: "="),
          let value = PackageURL.decoded(pair[pair.index(after: equals)...])
        else { return nil }
        guard !value.isEmpty else { continue }
        // A key that stands twice says two things.
        guard qualifiers.updateValue(value, forKey: pair[..<equals].lowercased()) == nil else { return nil }
      }
      rest = rest[..<mark]
    }
    // A scope may be written without its escape: the mark of the version stands behind the last slash.
    var version: String?
    let lastSlash = rest.lastIndex(of: "/") ?? rest.startIndex
    if let mark = rest.lastIndex(of: "@"), mark > lastSlash, rest.index(before: mark) != lastSlash {
      guard let decoded = PackageURL.decoded(rest[rest.index(after: mark)...]) else { return nil }
      version = decoded.isEmpty ? nil : decoded
      rest = rest[..<mark]
    }
    guard let slash = rest.firstIndex(of: "/"), var parts = PackageURL.segments(rest[slash...]),
      var name = parts.popLast()
    else { return nil }
    let type = rest[..<slash].lowercased()
    guard !type.isEmpty, type.utf8.allSatisfy(PackageURL.isTypeByte) else { return nil }
    var namespace = parts.isEmpty ? nil : parts.joined(separator: "/")
    if PackageURL.caseless.contains(type) {
      name = name.lowercased()
      namespace = namespace?.lowercased()
    }
    if type == "pypi" { name = String(name.map { $0 == "_" ? "-" : $0 }) }
    self.type = type
    self.namespace = namespace
    self.name = name
    self.version = version
    self.qualifiers = qualifiers
    self.subpath = subpath
  }

  /// What one package URL says of another.
  package enum Coverage: Hashable, Sendable {
    /// - Parameter isBroad: whether every version is meant.
    case covers(isBroad: Bool)
    case differs
    /// The other one does not say enough.
    case unclear(String)
  }

  /// Whether this one, in a statement, means the package that the other one, in a report, stands for: type, namespace and
  /// name are the same, and what this one says further (version, qualifiers, subpath) the other one says too.
  package func coverage(of other: PackageURL) -> Coverage {
    guard isSamePackage(as: other) else { return .differs }
    if let subpath, subpath != other.subpath { return .differs }
    if let version, let own = other.version, version != own { return .differs }
    var missing: String?
    for (key, value) in qualifiers.sorted(by: { $0.key < $1.key }) {
      guard let own = other.qualifiers[key] else {
        missing = missing ?? key
        continue
      }
      if own != value { return .differs }
    }
    if version != nil, other.version == nil { return .unclear("the report does not say which version it found") }
    if let missing { return .unclear("the report does not say its \(DisplayText.bounded(missing, to: 40))") }
    return .covers(isBroad: version == nil)
  }

  package func isSamePackage(as other: PackageURL) -> Bool {
    type == other.type && namespace == other.namespace && name == other.name
  }

  /// Whether a name that says nothing of the kind of package could be this one: `lodash`, `@angular/core`,
  /// `org.example:lib`, `github.com/docker/distribution`.
  func isCalled(_ written: String) -> Bool {
    let written = PackageURL.caseless.contains(type) ? written.lowercased() : written
    guard let namespace else { return written == name }
    return [name, namespace + "/" + name, namespace + ":" + name].contains(written)
  }

  // MARK: -

  private static func segments(_ text: Substring) -> [String]? {
    var parts: [String] = []
    for part in text.split(separator: "/") where part != "." && part != ".." {
      guard let decoded = decoded(part) else { return nil }
      parts.append(decoded)
    }
    return parts
  }

  private static func isTypeByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x61...0x7A, 0x30...0x39, 0x2E, 0x2B, 0x2D: true
    default: false
    }
  }

  /// `nil` when an escape is none, or what comes out is no UTF-8.
  static func decoded(_ text: Substring) -> String? {
    guard text.utf8.contains(0x25) else { return String(text) }
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == 0x25 else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else { return nil }
      bytes.append(high << 4 | low)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
  }
}
