import Core
import JSONText

/// A request as the stand-in's pure parts see it.
package struct APIRequest: Sendable {
  package let method: String
  /// The path as sent, percent-encoded, without the query.
  package let path: String
  /// The query as sent, without the question mark.
  package let rawQuery: String
  package let headers: [(name: String, value: String)]
  package let body: [UInt8]

  package init(
    method: String, path: String, rawQuery: String = "", headers: [(name: String, value: String)] = [],
    body: [UInt8] = []
  ) {
    self.method = method
    self.path = path
    self.rawQuery = rawQuery
    self.headers = headers
    self.body = body
  }

  /// The path's parts, decoded.
  package var segments: [String] {
    path.split(separator: "/", omittingEmptySubsequences: true).map { PercentEncoding.decode($0) }
  }

  package var query: [(name: String, value: String)] {
    rawQuery.split(separator: "&").map { item in
      let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (
        PercentEncoding.decode(parts[0], plusIsBlank: true),
        parts.count > 1 ? PercentEncoding.decode(parts[1], plusIsBlank: true) : ""
      )
    }
  }

  package func query(_ name: String) -> String? { query.first { $0.name == name }?.value }

  package func header(_ name: String) -> String? {
    let wanted = name.lowercased()
    return headers.first { $0.name.lowercased() == wanted }?.value
  }

  /// The host the request is for, in lower case, with its port if it says one.
  package var host: String { (header("host") ?? "").lowercased() }
}

enum PercentEncoding {
  static func decode(_ text: some StringProtocol, plusIsBlank: Bool = false) -> String {
    let bytes = Array(text.utf8)
    var out: [UInt8] = []
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "%"), index + 2 < bytes.count,
        let value = UInt8(String(decoding: bytes[index + 1...index + 2], as: UTF8.self), radix: 16)
      {
        out.append(value)
        index += 3
      } else {
        out.append(plusIsBlank && byte == UInt8(ascii: "+") ? 0x20 : byte)
        index += 1
      }
    }
    return String(decoding: out, as: UTF8.self)
  }
}

/// An answer of the stand-in's pure parts.
package struct APIAnswer: Sendable {
  package var status: Int
  package var headers: [(name: String, value: String)]
  package var body: [UInt8]

  package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  package static func json(_ value: JSON, status: Int = 200) -> APIAnswer {
    APIAnswer(
      status: status, headers: [("Content-Type", "application/json; charset=utf-8")], body: Array(value.text().utf8))
  }

  static func empty(_ status: Int) -> APIAnswer { APIAnswer(status: status) }

  /// Vercel's error envelope.
  package static func error(
    _ status: Int, _ code: String, _ message: String, _ extras: [(String, JSON?)] = []
  ) -> APIAnswer {
    .json(
      ["error": .dictionary([("code", .string(code)), ("message", .string(message))] + extras)], status: status)
  }

  static let notFound = APIAnswer.error(404, "not_found", "The requested resource was not found")
}

/// One request of the API that the stand-in has seen, for assertions.
package struct SeenRequest: Hashable, Sendable {
  package let method: String
  package let path: String
  package let query: String
  /// When it had come in whole, in milliseconds since 1970 by the stand-in's clock.
  package let at: Int64
  /// What was answered; `nil` when the connection was reset or left hanging.
  package internal(set) var status: Int?
}
