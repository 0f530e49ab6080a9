/// The repository that a remote's address names: `clinic/agenda` of `git@github.com:clinic/agenda.git`.
package enum RemoteRepository {
  /// `nil` for folders, and for addresses whose path is no owner with a name. What stands before the host may be a password
  /// and is dropped.
  package static func name(in address: String) -> String? {
    let path: Substring
    if let scheme = address.firstRange(of: "://") {
      guard ["https", "http", "ssh", "git"].contains(address[..<scheme.lowerBound].lowercased()) else { return nil }
      let rest = address[scheme.upperBound...]
      guard let slash = rest.firstIndex(of: "/") else { return nil }
      path = rest[rest.index(after: slash)...]
    } else {
      // The short form of ssh: user@host:path. A colon after a slash belongs to a path of this machine.
      guard let colon = address.firstIndex(of: ":"), !address[..<colon].contains("/"), !address[..<colon].isEmpty else {
        return nil
      }
      path = address[address.index(after: colon)...].drop { $0 == "/" }
    }
    var names = path.split(separator: "/", omittingEmptySubsequences: false)
    if names.last?.isEmpty == true { names.removeLast() }
    if let last = names.last, last.hasSuffix(".git") { names[names.count - 1] = last.dropLast(4) }
    guard names.count >= 2,
      names.allSatisfy({ name in
        !name.isEmpty && name != "." && name != ".."
          && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_.-".contains($0)) }
      })
    else { return nil }
    return names.joined(separator: "/")
  }
}
