/// What went wrong, told so that a person can act: what was attempted, where, why, and what to do.
///
/// No field may hold a secret, a row's content or a response's body.
package struct Problem: Error, Hashable, Sendable {
  /// A stable name from the catalogue, such as `vercel.rate-limited`.
  package let code: String
  /// What was attempted or found, as a sentence without a full stop.
  package let what: String
  /// The place: a file with line, a table, an address without secrets.
  package let place: String?
  /// The underlying reason.
  package let why: String?
  /// What a person can do about it.
  package let remedy: String?

  package init(_ code: String, _ what: String, place: String? = nil, why: String? = nil, remedy: String? = nil) {
    self.code = code
    self.what = what
    self.place = place
    self.why = why
    self.remedy = remedy
  }

  package var json: JSON {
    .dictionary([
      ("code", .string(code)), ("what", .string(what)), ("place", place.map { .string($0) }),
      ("why", why.map { .string($0) }), ("remedy", remedy.map { .string($0) }),
    ])
  }

  package init?(json: JSON) {
    guard let code = json["code"]?.string, let what = json["what"]?.string else { return nil }
    self.init(
      code, what, place: json["place"]?.string, why: json["why"]?.string, remedy: json["remedy"]?.string)
  }
}

extension Problem: CustomStringConvertible {
  /// One line for logs: `what (place): why`.
  package var description: String {
    what + (place.map { " (\($0))" } ?? "") + (why.map { ": \($0)" } ?? "")
  }
}
