import Core

/// Files whose names begin with a number, as most tools name them.
enum NumberedNames {
  /// The digits at the beginning of a name.
  static func digits(_ name: some StringProtocol) -> String {
    String(decoding: name.utf8.prefix { (0x30...0x39).contains($0) }, as: UTF8.self)
  }

  /// A number's value as text, so that any length compares: `007` is `7`, `000` is `0`.
  static func value(_ digits: String) -> String {
    let significant = digits.drop { $0 == "0" }
    return significant.isEmpty ? "0" : String(significant)
  }

  static func precedes(_ one: String, _ other: String) -> Bool {
    let (one, other) = (value(one), value(other))
    return (one.utf8.count, one) < (other.utf8.count, other)
  }

  static func twice(_ version: String, _ path: String, _ other: String) -> Problem {
    Problem(
      "migration.file-name", "two migrations have the same number", place: path, why: "\(other) has \(version) as well",
      remedy: "give the newer one another number")
  }

  static func odd(_ path: String, _ why: String) -> Problem {
    Problem(
      "migration.file-name", "a file is no migration of this tool", place: path, why: why,
      remedy: "name it as the tool's documentation says, or move it elsewhere")
  }
}
