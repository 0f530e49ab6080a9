/// What a server showed of itself in a TLS handshake.
package struct ServedCertificate: Hashable, Sendable {
  package enum Verification: Hashable, Sendable {
    case ok
    /// OpenSSL's `X509_V_ERR_…` number and its sentence.
    case failed(code: Int, text: String)
  }

  /// RFC 2253, such as `CN=neonpro.example`.
  package var subject: String
  package var issuer: String
  /// The alternative names: host names, and addresses in their usual form.
  package var names: [String]
  /// Seconds since 1970.
  package var notBefore: Int64
  package var notAfter: Int64
  /// The first end among the certificate and those it leans on: of the verified chain, or of what was sent when
  /// nothing could be verified.
  package var earliestChainExpiry: Int64
  package var keyBits: Int
  /// Of the chain, at this machine's present time, without looking at the name.
  package var verification: Verification
  /// Whether the certificate is for the name that was asked for.
  package var nameMatches: Bool
  /// Such as `TLSv1.3`.
  package var tlsVersion: String

  package init(
    subject: String, issuer: String, names: [String], notBefore: Int64, notAfter: Int64, earliestChainExpiry: Int64,
    keyBits: Int, verification: Verification, nameMatches: Bool, tlsVersion: String
  ) {
    self.subject = subject
    self.issuer = issuer
    self.names = names
    self.notBefore = notBefore
    self.notAfter = notAfter
    self.earliestChainExpiry = earliestChainExpiry
    self.keyBits = keyBits
    self.verification = verification
    self.nameMatches = nameMatches
    self.tlsVersion = tlsVersion
  }
}

package enum TLSInspectionFailure: Error, Hashable, Sendable {
  case unresolvable(host: String)
  case refused
  /// No route, no descriptors, no readable trust file and the like: our own machine.
  case local(String)
  case timeout
  case reset
  /// The server speaks no TLS that we speak, or breaks off.
  case handshake(String)
  case noCertificate
  case cancelled
}
