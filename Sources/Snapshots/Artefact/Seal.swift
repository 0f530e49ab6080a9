import Core
import OpenSSL

/// A digest of a document in the document itself, by which an accident is seen: one bit of a number or a date can turn over
/// and leave JSON that is as good as before. Whoever changes it on purpose makes a new one; against him there are signatures.
enum Seal {
  private static let key = "seal"

  /// The same document with its seal as the last member.
  static func put(on json: JSON) -> JSON {
    guard let members = json.members else { return json }
    return .object(members + [JSON.Member(key, .string(of(json)))])
  }

  /// Whether what was read is what was written. What has none, such as an envelope or a document from before there were
  /// seals, is not known to be other than that.
  static func fits(_ json: JSON) -> Bool {
    guard let members = json.members, let last = members.last, let text = last.value.string else { return true }
    // By its length, too: the member's name may be what was damaged.
    guard last.key == key || text.utf8.count == 64 else { return true }
    return last.key == key && text == of(.object(Array(members.dropLast())))
  }

  private static func of(_ json: JSON) -> String { Digest.hex(Digest.sha256(Array(json.text(.compact).utf8))) }
}
