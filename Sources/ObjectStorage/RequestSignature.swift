import Core
import HTTP
import OpenSSL

/// Who signs.
package struct StorageCredentials: Hashable, Sendable {
  package var accessKey: Secret
  package var secretKey: Secret
  /// Of credentials that are lent for a while.
  package var sessionToken: Secret?

  package init(accessKey: Secret, secretKey: Secret, sessionToken: Secret? = nil) {
    self.accessKey = accessKey
    self.secretKey = secretKey
    self.sessionToken = sessionToken
  }
}

/// AWS Signature Version 4 in the `Authorization` header. The digest of the body is always part of what is signed.
///
/// Source: Amazon S3's API reference, "Authenticating Requests: Using the Authorization Header".
struct RequestSignature: Sendable {
  var method: String
  /// Encoded as it is sent; S3 does not encode it a second time.
  var path: String
  /// Not encoded, in any order.
  var query: [(name: String, value: String)]
  /// All that are to be signed, `host` among them.
  var headers: [(name: String, value: String)]
  /// In hexadecimal.
  var bodySHA256: String
  var time: Timestamp
  var region: String
  var service = "s3"

  func authorization(_ credentials: StorageCredentials) -> String {
    "AWS4-HMAC-SHA256 Credential=\(credentials.accessKey.reveal())/\(scope),SignedHeaders=\(signedHeaders),"
      + "Signature=\(signature(credentials.secretKey))"
  }

  /// `20130524T000000Z`, as the header `x-amz-date` has it.
  static func stamp(_ time: Timestamp) -> String {
    let text = time.description.prefix { $0 != "." }
    return text.filter { $0 != "-" && $0 != ":" } + "Z"
  }

  /// The query as it is sent and signed: sorted by name, then value.
  static func sorted(_ query: [(name: String, value: String)]) -> String {
    query.map { (Array(PercentEncoding.encode($0.name).utf8), Array(PercentEncoding.encode($0.value).utf8)) }
      .sorted { $0.0 == $1.0 ? $0.1.lexicographicallyPrecedes($1.1) : $0.0.lexicographicallyPrecedes($1.0) }
      .map { String(decoding: $0.0, as: UTF8.self) + "=" + String(decoding: $0.1, as: UTF8.self) }
      .joined(separator: "&")
  }

  var canonicalRequest: String {
    let lines = canonicalHeaders.map { "\($0.name):\($0.value)\n" }.joined()
    return [method, path, RequestSignature.sorted(query), lines, signedHeaders, bodySHA256].joined(separator: "\n")
  }

  var stringToSign: String {
    let digest = Digest.hex(Digest.sha256(Array(canonicalRequest.utf8)))
    return ["AWS4-HMAC-SHA256", RequestSignature.stamp(time), scope, digest].joined(separator: "\n")
  }

  func signature(_ secret: Secret) -> String {
    let words = [String(day), region, service, "aws4_request"]
    let key = words.reduce(Array(("AWS4" + secret.reveal()).utf8)) { hmacSHA256(key: $0, message: Array($1.utf8)) }
    return Digest.hex(hmacSHA256(key: key, message: Array(stringToSign.utf8)))
  }

  private var day: Substring { RequestSignature.stamp(time).prefix(8) }
  private var scope: String { "\(day)/\(region)/\(service)/aws4_request" }
  private var signedHeaders: String { canonicalHeaders.map(\.name).joined(separator: ";") }

  /// Names in small letters, sorted; blanks around values gone, several in a row made one.
  private var canonicalHeaders: [(name: String, value: String)] {
    headers.map { header in
      (
        header.name.lowercased(),
        header.value.split(whereSeparator: { $0 == " " || $0 == "\t" }).joined(separator: " ")
      )
    }
    .sorted { Array($0.0.utf8).lexicographicallyPrecedes(Array($1.0.utf8)) }
  }
}
