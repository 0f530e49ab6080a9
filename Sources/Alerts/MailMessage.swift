import Core
import OpenSSL

/// A notice as a mail (RFC 5322): plain text in UTF-8, encoded so that no line of it can be taken for a header or the
/// end of the mail.
struct MailMessage {
  let bytes: [UInt8]

  /// The notice must have been ``Notice/cleaned(of:)``.
  init(_ notice: Notice, from: String, to: [String]) {
    let domain = from.split(separator: "@").last.map(String.init) ?? "localhost"
    var lines = [
      "From: Gatehouse <\(from)>",
      // One address a line, so that no line grows too long.
      "To: " + to.joined(separator: ",\r\n "),
      "Subject: " + MailMessage.encodedWords("[\(notice.severity.rawValue)] \(notice.title)"),
      "Date: " + MailMessage.date(notice.at),
      // The same for each attempt: a mail delivered twice is recognised as one.
      "Message-ID: <\(Digest.hex(Digest.sha256(Array(notice.id.utf8)).prefix(16)))@\(domain)>",
      "Auto-Submitted: auto-generated",
      "MIME-Version: 1.0",
      "Content-Type: text/plain; charset=utf-8",
      "Content-Transfer-Encoding: base64",
      "",
    ]
    var text = notice.title + "\r\n"
    if !notice.lines.isEmpty { text += "\r\n" + notice.lines.joined(separator: "\r\n") + "\r\n" }
    text += "\r\n"
    if let run = notice.run { text += "run \(run)\r\n" }
    text += "\(notice.kind), \(notice.severity.rawValue), \(notice.at)\r\n"
    var encoded = Base64.encode(Array(text.utf8))[...]
    while !encoded.isEmpty {
      lines.append(String(encoded.prefix(76)))
      encoded = encoded.dropFirst(76)
    }
    bytes = Array((lines.joined(separator: "\r\n") + "\r\n").utf8)
  }

  /// ASCII without anything that has a meaning in a header or an envelope.
  static func isPlainAddress(_ text: String) -> Bool {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    return parts.count == 2 && !parts[0].isEmpty && !parts[1].isEmpty && text.utf8.count <= 254
      && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"<>()[]\\,;:\"".utf8.contains($0) }
  }

  /// RFC 2047: no line longer than 76 characters, also the one that `Subject: ` begins; no word cut inside a character.
  static func encodedWords(_ text: String) -> String {
    var words: [String] = []
    var current: [UInt8] = []
    for character in text {
      for scalar in character.unicodeScalars {
        let next = Array(String(scalar).utf8)
        if current.count + next.count > 39 {
          words.append("=?utf-8?B?" + Base64.encode(current) + "?=")
          current = []
        }
        current += next
      }
    }
    words.append("=?utf-8?B?" + Base64.encode(current) + "?=")
    return words.joined(separator: "\r\n ")
  }

  /// RFC 5322, 3.3, in UTC: `Sat, 21 Nov 2026 14:32:05 +0000`.
  static func date(_ time: Timestamp) -> String {
    let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let text = Array(time.description)
    let days = Int((time.milliseconds - (time.milliseconds % 86_400_000 + 86_400_000) % 86_400_000) / 86_400_000)
    let weekday = weekdays[((days % 7) + 7) % 7]
    let month = months[(Int(String(text[5..<7])) ?? 1) - 1]
    return "\(weekday), \(String(text[8..<10])) \(month) \(String(text[0..<4])) \(String(text[11..<19])) +0000"
  }
}
