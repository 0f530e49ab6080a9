import Core
import HTTP

/// Where a bucket is, and how requests for it are addressed.
package struct BucketAddress: Hashable, Sendable {
  package enum Addressing: String, Sendable, CaseIterable {
    /// `https://host/bucket/name`
    case path
    /// `https://bucket.host/name`
    case host
  }

  package let bucket: String
  /// What every name begins with, without a slash at either end; empty for the top of the bucket.
  package let prefix: String
  package let region: String
  let service: ServiceAddress
  let addressing: Addressing

  /// - Parameters:
  ///   - text: `s3://bucket/prefix`; a slash at the end says nothing.
  ///   - endpoint: The service's address, as ``ServiceAddress`` reads it; Amazon's for the region when `nil`.
  ///   - addressing: When `nil`, by host at Amazon, where that is the rule, and by path elsewhere.
  package init(
    _ text: String, region: String, endpoint: String? = nil, addressing: Addressing? = nil
  ) throws(Problem) {
    func refused(_ why: String, _ remedy: String) -> Problem {
      Problem("storage.address", "the address of the bucket cannot be used", place: text, why: why, remedy: remedy)
    }
    let scheme = "s3://"
    guard text.hasPrefix(scheme) else { throw refused("it does not begin with s3://", "write s3://bucket/prefix") }
    var segments = text.dropFirst(scheme.count).split(separator: "/", omittingEmptySubsequences: false)
    if segments.last == "" { segments.removeLast() }
    guard let name = segments.first, BucketAddress.isBucketName(name) else {
      throw refused(
        "its bucket's name is none: 3 to 63 small letters, digits, dots and hyphens", "write s3://bucket/prefix")
    }
    let folders = segments.dropFirst()
    guard folders.allSatisfy(BucketAddress.isFolderName), text.utf8.count <= 700 else {
      throw refused(
        "its prefix is longer than 700 bytes, or has an empty part, one of dots, or a control character in it",
        "write s3://bucket/prefix")
    }
    guard !region.isEmpty, region.utf8.count <= 64, region.utf8.allSatisfy(BucketAddress.isRegionByte) else {
      throw refused("its region is none: small letters, digits and hyphens", "write a region such as sa-east-1")
    }
    bucket = String(name)
    prefix = folders.joined(separator: "/")
    self.region = region
    guard let endpoint else {
      let domain = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
      // A bucket with dots has a name that no certificate of Amazon's is for.
      self.addressing = addressing ?? (name.contains(".") ? .path : .host)
      let host = "s3.\(region).\(domain)"
      guard let service = ServiceAddress("https://" + (self.addressing == .host ? "\(name)." : "") + host) else {
        throw refused("its region makes no address", "write a region such as sa-east-1")
      }
      self.service = service
      return
    }
    self.addressing = addressing ?? .path
    guard let given = ServiceAddress(endpoint),
      let service = self.addressing == .path ? given : ServiceAddress(BucketAddress.hosting(name, at: given))
    else {
      throw refused(
        "its endpoint is no address that a request may be sent to",
        "write https://host, without a path; http:// is for loopback hosts only")
    }
    self.service = service
  }

  private static func hosting(_ bucket: Substring, at service: ServiceAddress) -> String {
    guard let end = service.base.firstRange(of: "://") else { return service.base }
    return service.base[..<end.upperBound] + bucket + "." + service.base[end.upperBound...]
  }

  /// As people know it: `s3://bucket/prefix`.
  package var shown: String { "s3://" + ([bucket] + (prefix.isEmpty ? [] : [prefix])).joined(separator: "/") }

  func shown(_ name: String) -> String { "\(shown)/\(name)" }

  /// The prefix with its slash, or nothing.
  var keyPrefix: String { prefix.isEmpty ? "" : prefix + "/" }

  /// Host and port as the `Host` header has them.
  var host: String { String(service.base.drop { $0 != ":" }.dropFirst(3)) }

  /// The path of an object, or of the bucket for `nil`, encoded as it is sent and signed.
  func path(_ name: String?) -> String {
    var segments = addressing == .path ? [bucket] : []
    if let name { segments += (keyPrefix + name).split(separator: "/").map(String.init) }
    return segments.isEmpty ? "/" : PercentEncoding.path(segments)
  }

  func url(_ path: String, _ query: String) -> String { service.base + path + (query.isEmpty ? "" : "?" + query) }

  private static func isBucketName(_ text: Substring) -> Bool {
    func isPlain(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte) }
    guard (3...63).contains(text.utf8.count), let first = text.utf8.first, let last = text.utf8.last else {
      return false
    }
    return isPlain(first) && isPlain(last) && !text.contains("..")
      && text.utf8.allSatisfy { isPlain($0) || $0 == 0x2d || $0 == 0x2e }
  }

  private static func isFolderName(_ text: Substring) -> Bool {
    !text.isEmpty && text != "." && text != ".." && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f }
  }

  private static func isRegionByte(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte) || byte == 0x2d
  }
}
