/// Package URLs, made where a report names the ecosystem and no URL.
extension PackageURL {
  /// The type of a package URL by what tools call the ecosystem, in lower case. Those whose URLs need more than a name and a
  /// version (a distribution, a host) are not here.
  private static let types: [String: String] = [
    "npm": "npm", "yarn": "npm", "pnpm": "npm", "bun": "npm", "node-pkg": "npm",
    "pypi": "pypi", "pip": "pypi", "pipenv": "pypi", "poetry": "pypi", "uv": "pypi", "python-pkg": "pypi",
    "go": "golang", "golang": "golang", "gomod": "golang", "gobinary": "golang", "gomodules": "golang",
    "golangdep": "golang",
    "cargo": "cargo", "rust": "cargo", "crates.io": "cargo", "rustbinary": "cargo",
    "composer": "composer", "packagist": "composer",
    "rubygems": "gem", "bundler": "gem", "gemspec": "gem", "gem": "gem",
    "nuget": "nuget", "dotnet-core": "nuget",
    "maven": "maven", "pom": "maven", "jar": "maven", "gradle": "maven",
    "hex": "hex", "erlang": "hex", "pub": "pub",
  ]

  /// The text of a package URL in its canonical form.
  ///
  /// - Returns: `nil` when the ecosystem is not known for certain, or the name is none of its names.
  static func make(ecosystem: String?, name: String, version: String?) -> String? {
    guard let type = ecosystem.flatMap({ types[$0.lowercased()] }), !name.isEmpty else { return nil }
    var segments: [Substring]
    var version = version.flatMap { $0.isEmpty ? nil : $0 }
    switch type {
    case "pypi": segments = [Substring(name.lowercased().map { $0 == "_" ? "-" : String($0) }.joined())]
    case "golang":
      segments = name.lowercased().split(separator: "/", omittingEmptySubsequences: false)
      // Versions of modules begin with `v`; some tools leave it away.
      if segments.count > 1, let given = version, given.first?.isNumber == true { version = "v" + given }
    case "composer": segments = name.lowercased().split(separator: "/", omittingEmptySubsequences: false)
    case "maven":
      segments = name.split(separator: ":", omittingEmptySubsequences: false)
      guard segments.count == 2 else { return nil }
    case "npm":
      segments = name.split(separator: "/", omittingEmptySubsequences: false)
      guard segments.count == (name.hasPrefix("@") ? 2 : 1) else { return nil }
    default: segments = [Substring(name)]
    }
    guard !segments.contains("") else { return nil }
    let path = segments.map { encoded($0) }.joined(separator: "/")
    return "pkg:\(type)/\(path)" + (version.map { "@" + encoded($0[...]) } ?? "")
  }

  /// Everything but the letters, digits and signs that the specification leaves as they are.
  private static func encoded(_ text: Substring) -> String {
    let digits = Array("0123456789ABCDEF")
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case 0x41...0x5A, 0x61...0x7A, 0x30...0x39, 0x2D, 0x2E, 0x5F, 0x7E, 0x3A:
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        result.append("%")
        result.append(digits[Int(byte >> 4)])
        result.append(digits[Int(byte & 15)])
      }
    }
    return result
  }
}
