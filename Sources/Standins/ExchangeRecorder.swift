import Core
import Glibc
import JSONText
import OpenSSL

/// Appends exchanges with the API to a file, one JSON object a line.
///
/// Each line is one `write` to a file opened with `O_APPEND`, so several processes may share the file.
final class ExchangeRecorder: Sendable {
  private let descriptor: Int32

  init(path: String) throws(Problem) {
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw Problem(
        "standin.record", "the record of exchanges could not be opened", place: path,
        why: String(cString: strerror(errno)))
    }
  }

  deinit { close(descriptor) }

  func append(_ line: JSON) throws(Problem) {
    let bytes = Array((line.text() + "\n").utf8)
    let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    guard written == bytes.count else {
      throw Problem("standin.record", "an exchange could not be recorded", why: String(cString: strerror(errno)))
    }
  }

  /// What is kept of an exchange. Uploaded contents are kept as length and digest, credentials not at all.
  static func line(_ request: APIRequest, _ reaction: Reaction, fault: String?) -> JSON {
    let secret: Set<String> = ["authorization", "x-vercel-protection-bypass", "cookie"]
    let requestHeaders = request.headers.map { name, value in
      JSON.Member(name.lowercased(), secret.contains(name.lowercased()) ? "(redacted)" : .string(value))
    }
    var members: [(String, JSON?)] = [
      ("method", .string(request.method)), ("path", .string(request.path)), ("query", .string(request.rawQuery)),
      ("requestHeaders", .object(requestHeaders)), ("fault", fault.map { .string($0) }),
    ]
    if request.header("content-type")?.hasPrefix("application/octet-stream") == true {
      members.append(
        (
          "upload",
          ["bytes": .integer(Int64(request.body.count)), "sha1": .string(Digest.hex(Digest.sha1(request.body)))]
        ))
    } else if !request.body.isEmpty {
      members.append(("requestBody", .string(String(decoding: request.body, as: UTF8.self))))
    }
    if case .answer(let answer) = reaction.kind {
      members += [
        ("status", .integer(Int64(answer.status))),
        ("responseHeaders", .object(answer.headers.map { JSON.Member($0.name.lowercased(), .string($0.value)) })),
        ("responseBody", answer.body.isEmpty ? nil : .string(String(decoding: answer.body, as: UTF8.self))),
      ]
    }
    return .dictionary(members)
  }
}
