/// Why an age file, a recipient or an identity cannot be used. No case holds a secret.
package enum AgeError: Error, Hashable, Sendable {
  /// The bytes begin with no header of `age-encryption.org/v1`.
  case notAge
  /// The header breaks the format; the text says where.
  case malformedHeader(String)
  /// No stanza of the header is for any of the identities.
  case noIdentityMatches
  /// The header was changed, or belongs to another file.
  case headerChanged
  /// A part of the payload was changed, moved or left out.
  case damaged
  /// The payload ends before its last part.
  case truncated
  /// Bytes follow the last part.
  case trailingBytes
  /// OpenSSL offers no ChaCha20-Poly1305 on this machine, as one in FIPS mode: the file is not to blame.
  case noCipher
  /// A text is no recipient `age1…`; the line in its file.
  case notRecipient(line: Int, why: String)
  /// A text is no identity `AGE-SECRET-KEY-1…`; the line in its file.
  case notIdentity(line: Int)
  /// A file of recipients or identities holds none.
  case empty

  package var message: String {
    switch self {
    case .notAge: "it is not an age file (age-encryption.org/v1)"
    case .malformedHeader(let why): "its age header is malformed: \(why)"
    case .noIdentityMatches: "it is not encrypted to this identity"
    case .headerChanged: "its age header was changed"
    case .damaged: "a part of its encrypted bytes was changed, moved or left out"
    case .truncated: "its encrypted bytes are cut short"
    case .trailingBytes: "bytes follow its encrypted end"
    case .noCipher: "OpenSSL offers no ChaCha20-Poly1305 on this machine (is it in FIPS mode?)"
    case .notRecipient(let line, let why): "line \(line) is no recipient age1…: \(why)"
    case .notIdentity(let line): "line \(line) is no identity AGE-SECRET-KEY-1…"
    case .empty: "it holds no key"
    }
  }
}
