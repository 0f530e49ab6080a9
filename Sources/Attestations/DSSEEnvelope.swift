import Core
import OpenSSL

/// Bytes with signatures over them and over what they are: DSSE 1.0.2 (https://github.com/secure-systems-lab/dsse).
///
/// ```json
/// { "payload": "‹Base64›", "payloadType": "application/vnd.in-toto+json", "signatures": [{ "keyid": "…", "sig": "‹Base64›" }] }
/// ```
package struct DSSEEnvelope: Hashable, Sendable {
  package struct Signature: Hashable, Sendable {
    /// A hint that nobody signed; empty when it is not given. It decides nothing.
    package var keyID: String
    package var bytes: [UInt8]

    package init(keyID: String, bytes: [UInt8]) {
      self.keyID = keyID
      self.bytes = bytes
    }
  }

  /// Signatures of one envelope, each of which is tried with every key.
  package static let mostSignatures = 16

  package var payloadType: String
  package var payload: [UInt8]
  package var signatures: [Signature]

  package init(payloadType: String, payload: [UInt8], signatures: [Signature]) {
    self.payloadType = payloadType
    self.payload = payload
    self.signatures = signatures
  }

  /// What is signed: the type and the bytes, each behind its length, so that neither can pass for the other.
  package static func signedBytes(of payload: [UInt8], type: String) -> [UInt8] {
    Array("DSSEv1 \(type.utf8.count) \(type) \(payload.count) ".utf8) + payload
  }

  // MARK: Reading and writing

  package init(json: JSON) throws(EnvelopeFault) {
    guard let payload = json["payload"]?.string, let type = json["payloadType"]?.string,
      let signatures = json["signatures"]?.array
    else { throw EnvelopeFault(.malformed, "is no DSSE envelope: it has no payload, payloadType and signatures") }
    guard let bytes = Base64.decodeEither(payload) else {
      throw EnvelopeFault(.malformed, "has a payload that is no Base64")
    }
    guard !signatures.isEmpty else { throw EnvelopeFault(.untrusted, "has no signature") }
    guard signatures.count <= DSSEEnvelope.mostSignatures else {
      throw EnvelopeFault(.malformed, "has more than \(DSSEEnvelope.mostSignatures) signatures")
    }
    var read: [Signature] = []
    for signature in signatures {
      guard let bytes = signature["sig"]?.string.flatMap({ Base64.decodeEither($0) }) else {
        throw EnvelopeFault(.malformed, "has a signature that is no Base64")
      }
      read.append(Signature(keyID: signature["keyid"]?.string ?? "", bytes: bytes))
    }
    self.init(payloadType: type, payload: bytes, signatures: read)
  }

  package var json: JSON {
    [
      "payload": .string(Base64.encode(payload)), "payloadType": .string(payloadType),
      "signatures": .array(
        signatures.map { ["keyid": .string($0.keyID), "sig": .string(Base64.encode($0.bytes))] }),
    ]
  }

  // MARK: Verifying

  /// The bytes and their type, once enough of the keys have signed both. Whatever the envelope says beside them is behind us
  /// then: nothing of it is read again.
  ///
  /// - Parameter threshold: of *keys*; two signatures by one key are one.
  package func verified(by keys: [TrustedKey], threshold: Int = 1) throws(EnvelopeFault) -> VerifiedPayload {
    let message = DSSEEnvelope.signedBytes(of: payload, type: payloadType)
    var accepted: [TrustedKey] = []
    for key in keys where !accepted.contains(key) && accepted.count < max(1, threshold) {
      if signatures.contains(where: { key.accepts($0.bytes, of: message) }) { accepted.append(key) }
    }
    guard accepted.count >= max(1, threshold) else {
      throw EnvelopeFault(
        .untrusted,
        threshold <= 1
          ? "is signed by no key that is trusted"
          : "is signed by \(accepted.count) of the keys that are trusted, and \(threshold) are needed")
    }
    return VerifiedPayload(type: payloadType, bytes: payload, keys: accepted)
  }
}

/// Bytes that trusted keys have signed. There is no other way to one than ``DSSEEnvelope/verified(by:threshold:)``.
package struct VerifiedPayload: Hashable, Sendable {
  package let type: String
  package let bytes: [UInt8]
  /// Those that were counted; each once.
  package let keys: [TrustedKey]

  fileprivate init(type: String, bytes: [UInt8], keys: [TrustedKey]) {
    self.type = type
    self.bytes = bytes
    self.keys = keys
  }
}
