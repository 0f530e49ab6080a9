/// Why an envelope, or what is in it, proves nothing.
package struct EnvelopeFault: Error, Hashable, Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    /// It is no envelope, or one cut short or too large.
    case malformed
    /// None of its signatures is by a key that is trusted.
    case untrusted
    /// As ``untrusted``, and it names a certificate of Sigstore in the place of a key.
    case keyless
    /// It is signed, and what is signed is no statement that is read here.
    case unfitting
  }

  package let kind: Kind
  /// A sentence without a full stop that begins with the envelope's role: `is signed by no key that is trusted`.
  package let why: String

  package init(_ kind: Kind, _ why: String) {
    self.kind = kind
    self.why = why
  }
}
