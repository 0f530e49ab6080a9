/// Licences by their identifiers and, where a name can mean only one, by their names.
package enum LicenceNames {
  /// One identifier of an expression, perhaps with a `+`; `nil` when it cannot be one.
  static func licence(_ token: Substring) -> LicenceExpression.Licence? {
    if let replaced = replacement(token) { return replaced }
    var word = token
    let orLater = word.last == "+"
    if orLater {
      word = word.dropLast()
      if let replaced = replacement(token.dropLast()), replaced.exception == nil, replaced.id.hasSuffix("-only") {
        return LicenceExpression.Licence(String(replaced.id.dropLast(5)) + "-or-later")
      }
    }
    guard isWord(word), !operations.contains(word.lowercased()) else { return nil }
    return LicenceExpression.Licence(SPDXList.licence(word) ?? String(word), orLater: orLater)
  }

  /// Letters, digits, `.` and `-`, and `:` between a document and its licence.
  static func isWord(_ text: Substring) -> Bool {
    !text.isEmpty && text.utf8.count <= 200 && !operations.contains(text.lowercased())
      && text.utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2D
          || $0 == 0x2E || $0 == 0x3A
      }
  }

  private static let operations: Set<String> = ["and", "or", "with"]

  /// What a free name means: an identifier or a name that stands for one licence of one version; `nil` otherwise.
  ///
  /// `License :: OSI Approved :: Apache Software License` names no version and `BSD License` one of several: neither is
  /// here.
  package static func expression(named name: String) -> LicenceExpression? {
    guard name.utf8.count <= 200 else { return nil }
    if let id = SPDXList.licence(name) { return LicenceExpression(id) }
    var plain = name.lowercased().split { $0.isWhitespace }.joined(separator: " ")
    let prefix = "license :: osi approved :: "
    if plain.hasPrefix(prefix) { plain = String(plain.dropFirst(prefix.count)) }
    if plain.hasPrefix("the ") { plain = String(plain.dropFirst(4)) }
    return names[plain].flatMap { LicenceExpression($0) }
  }

  // MARK: Deprecated identifiers

  private static func replacement(_ token: Substring) -> LicenceExpression.Licence? { replacements[token.lowercased()] }

  private static let replacements: [String: LicenceExpression.Licence] = {
    typealias Licence = LicenceExpression.Licence
    var table: [String: Licence] = [
      "bsd-2-clause-freebsd": Licence("BSD-2-Clause"), "bsd-2-clause-netbsd": Licence("BSD-2-Clause"),
      "bzip2-1.0.5": Licence("bzip2-1.0.6"), "standardml-nj": Licence("SMLNJ"),
      "ecos-2.0": Licence("GPL-2.0-or-later", exception: "eCos-exception-2.0"),
      "wxwindows": Licence("LGPL-2.0-or-later", exception: "WxWindows-exception-3.1"),
      "gpl-2.0-with-autoconf-exception": Licence("GPL-2.0-only", exception: "Autoconf-exception-2.0"),
      "gpl-2.0-with-bison-exception": Licence("GPL-2.0-or-later", exception: "Bison-exception-2.2"),
      "gpl-2.0-with-classpath-exception": Licence("GPL-2.0-only", exception: "Classpath-exception-2.0"),
      "gpl-2.0-with-font-exception": Licence("GPL-2.0-only", exception: "Font-exception-2.0"),
      "gpl-2.0-with-gcc-exception": Licence("GPL-2.0-or-later", exception: "GCC-exception-2.0"),
      "gpl-3.0-with-autoconf-exception": Licence("GPL-3.0-only", exception: "Autoconf-exception-3.0"),
      "gpl-3.0-with-gcc-exception": Licence("GPL-3.0-only", exception: "GCC-exception-3.1"),
    ]
    let families = [
      "GPL-1.0", "GPL-2.0", "GPL-3.0", "LGPL-2.0", "LGPL-2.1", "LGPL-3.0", "AGPL-1.0", "AGPL-3.0", "GFDL-1.1",
      "GFDL-1.2", "GFDL-1.3",
    ]
    for family in families {
      table[family.lowercased()] = Licence(family + "-only")
      table[family.lowercased() + "+"] = Licence(family + "-or-later")
    }
    return table
  }()

  // MARK: Names

  private static let names: [String: String] = [
    "mit license": "MIT", "mit license (mit)": "MIT", "expat license": "MIT", "isc license": "ISC",
    "isc license (iscl)": "ISC", "apache 2.0": "Apache-2.0", "apache 2": "Apache-2.0", "apache-2": "Apache-2.0",
    "apache license 2.0": "Apache-2.0", "apache license v2.0": "Apache-2.0", "apache license, 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0", "apache license version 2.0": "Apache-2.0",
    "apache software license, version 2.0": "Apache-2.0", "apache software license 2.0": "Apache-2.0",
    "apache software license version 2.0": "Apache-2.0", "apache license, version 2": "Apache-2.0",
    "bsd 2-clause license": "BSD-2-Clause", "bsd 2-clause": "BSD-2-Clause", "simplified bsd license": "BSD-2-Clause",
    "bsd 3-clause license": "BSD-3-Clause", "bsd 3-clause": "BSD-3-Clause", "new bsd license": "BSD-3-Clause",
    "revised bsd license": "BSD-3-Clause", "3-clause bsd license": "BSD-3-Clause",
    "2-clause bsd license": "BSD-2-Clause",
    "mozilla public license 2.0": "MPL-2.0", "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "mozilla public license version 2.0": "MPL-2.0", "mozilla public license, version 2.0": "MPL-2.0",
    "eclipse public license 1.0": "EPL-1.0", "eclipse public license - v 1.0": "EPL-1.0",
    "eclipse public license 2.0": "EPL-2.0", "eclipse public license - v 2.0": "EPL-2.0",
    "eclipse public license v2.0": "EPL-2.0", "eclipse public license 2.0 (epl-2.0)": "EPL-2.0",
    "eclipse public license 1.0 (epl-1.0)": "EPL-1.0",
    "gnu general public license v2 (gplv2)": "GPL-2.0-only",
    "gnu general public license v2 or later (gplv2+)": "GPL-2.0-or-later",
    "gnu general public license v3 (gplv3)": "GPL-3.0-only",
    "gnu general public license v3 or later (gplv3+)": "GPL-3.0-or-later",
    "gnu lesser general public license v2 (lgplv2)": "LGPL-2.0-only",
    "gnu lesser general public license v2 or later (lgplv2+)": "LGPL-2.0-or-later",
    "gnu lesser general public license v3 (lgplv3)": "LGPL-3.0-only",
    "gnu lesser general public license v3 or later (lgplv3+)": "LGPL-3.0-or-later",
    "gnu affero general public license v3": "AGPL-3.0-only",
    "gnu affero general public license v3 or later (agplv3+)": "AGPL-3.0-or-later",
    "gnu affero general public license v3.0": "AGPL-3.0-only",
    "python software foundation license": "PSF-2.0", "unlicense": "Unlicense", "unlicense (unlicense)": "Unlicense",
    "cc0 1.0 universal": "CC0-1.0", "cc0 1.0 universal (cc0 1.0) public domain dedication": "CC0-1.0",
    "zlib license": "Zlib", "boost software license 1.0 (bsl-1.0)": "BSL-1.0", "boost software license 1.0": "BSL-1.0",
    "universal permissive license (upl)": "UPL-1.0",
    "european union public licence 1.2 (eupl 1.2)": "EUPL-1.2",
  ]
}
