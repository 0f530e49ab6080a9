import Core
import OpenSSL

/// Signs envelopes with an Ed25519 key (RFC 8032), which needs no random numbers and has one form of signature.
package struct EnvelopeSigner: Sendable {
  private let text: Secret
  /// What verifies the signatures.
  package let publicKey: TrustedKey

  /// - Parameter text: the private key as `openssl genpkey -algorithm ed25519` writes it. Errors never quote it.
  package init(pem text: Secret) throws(TrustedKey.Fault) {
    let remedy = "make one: openssl genpkey -algorithm ed25519 -out key.pem"
    guard let key = SigningKey.pem(Array(text.reveal().utf8)) else {
      throw TrustedKey.Fault(
        why: "is no private key in the form -----BEGIN PRIVATE KEY----- without a passphrase", remedy: remedy)
    }
    guard key.kind == .ed25519 else {
      throw TrustedKey.Fault(why: "is no Ed25519 key, and only those sign here", remedy: remedy)
    }
    publicKey = try TrustedKey(info: key.info)
    self.text = text
  }

  /// An envelope with one signature; `nil` when OpenSSL makes none, for which no input is known.
  package func envelope(of payload: [UInt8], type: String) -> DSSEEnvelope? {
    let message = DSSEEnvelope.signedBytes(of: payload, type: type)
    guard let signature = SigningKey.pem(Array(text.reveal().utf8))?.ed25519Signature(of: message) else { return nil }
    return DSSEEnvelope(
      payloadType: type, payload: payload, signatures: [.init(keyID: publicKey.keyID, bytes: signature)])
  }
}
