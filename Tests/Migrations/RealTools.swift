import FoundationEssentials

/// The migration tools that Debian has, and that are run for real.
enum RealTools {
  static let sqitch = has("Sqitch", ["/usr/bin/sqitch", "/usr/bin/psql"])
  static let alembic = has("Alembic", ["/usr/bin/alembic", "/usr/lib/python3/dist-packages/psycopg2"])
  static let rails = has(
    "Active Record", ["/usr/share/doc/ruby-activerecord", "/usr/share/doc/ruby-pg", "/usr/bin/rake"])

  /// Debian's own Python, which its packages are for.
  static let path = "/usr/bin:" + Workbench.path

  /// In CI a missing tool is a failure, because `ci/prepare test` installs it.
  private static func has(_ name: String, _ paths: [String]) -> Bool {
    if paths.allSatisfy({ FileManager.default.fileExists(atPath: $0) }) { return true }
    if ProcessInfo.processInfo.environment["CI"] != nil { return true }
    print("NOT TESTED: \(name) is not here (ci/prepare test installs it)")
    return false
  }
}
