import Core
import HTTP
import OpenSSL

/// A notice as a signed webhook. Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
enum Webhook {
  /// One attempt, with its own time and signature; the id is the same for all of them.
  static func request(_ notice: Notice, url: Secret, key: [UInt8], at now: Timestamp) -> HTTPRequest {
    let body = JSON.dictionary([
      ("type", .string("gatehouse.\(notice.kind)")), ("timestamp", .string(notice.at.description)),
      (
        "data",
        .dictionary([
          ("severity", .string(notice.severity.rawValue)), ("title", .string(notice.title)),
          ("lines", .strings(notice.lines)), ("run", notice.run.map { .string($0.text) } ?? .null),
        ])
      ),
    ]).text()
    let seconds = String(now.milliseconds / 1000)
    let signature = Base64.encode(
      hmacSHA256(key: key, message: Array("\(notice.id).\(seconds).\(body)".utf8)))
    return HTTPRequest(
      "POST", url.reveal(),
      headers: [
        ("content-type", "application/json"), ("webhook-id", notice.id), ("webhook-timestamp", seconds),
        ("webhook-signature", "v1,\(signature)"),
      ], body: .bytes(Array(body.utf8)))
  }
}
