import Core
import FoundationEssentials

/// The time zone database of this machine, where it has one.
package enum ZoneFile {
  private static let folders = ["/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/etc/zoneinfo"]
  private static let largest = 1 << 20

  /// The rules of a zone by its IANA name; `nil` when this machine does not have it. `TZDIR` goes before its own folders.
  package static func rules(of name: String, environment: [String: String]) -> ZoneRules? {
    if name == "UTC" { return .utc }
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }), name.utf8.count <= 100 else { return nil }
    let folders = [environment["TZDIR"]].compactMap { $0 }.filter { $0.hasPrefix("/") } + Self.folders
    for folder in folders {
      guard let data = FileManager.default.contents(atPath: folder + "/" + name), data.count <= largest else {
        continue
      }
      if let rules = ZoneRules(file: [UInt8](data)) { return rules }
    }
    return nil
  }
}
