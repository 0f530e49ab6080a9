import HTTP

/// Where an API is: scheme, host, port and a path, as `https://git.clinic.example/api/v4`.
///
/// A token is sent there, so plain `http` is for loopback hosts only: see ``HTTP/ServiceAddress``.
package struct APIAddress: Hashable, Sendable {
  package let service: ServiceAddress
  /// Empty, or with a slash at its beginning and none at its end.
  package let path: String

  package var base: String { service.base + path }

  /// `nil` for what ``HTTP/ServiceAddress`` refuses, for queries, and for paths of anything but plain names.
  package init?(_ text: String) {
    guard let scheme = text.firstRange(of: "://") else { return nil }
    let rest = text[scheme.upperBound...]
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    guard let service = ServiceAddress(String(text[..<slash])) else { return nil }
    var path = rest[slash...]
    while path.last == "/" { path.removeLast() }
    let names = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    guard
      names.allSatisfy({ name in
        !name.isEmpty && name != "." && name != ".."
          && name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
              || byte == 0x2d || byte == 0x2e || byte == 0x5f
          }
      })
    else { return nil }
    self.service = service
    self.path = String(path)
  }
}
