import Approvals
import Core

/// An attestation that the person it names really signed.
package struct SignedAttestation: Hashable, Sendable {
  /// What `-n` must be when it is signed.
  package static let namespace = "gatehouse-attestation"

  /// Relative to the policy.
  package let path: String
  package let attestation: Attestation
  package let person: Person
  package let key: Person.Key
  /// SHA-256 of the files of the commit that it names as evidence, by path; one that is not there is missing.
  package var files: [String: String] = [:]

  package init(path: String, attestation: Attestation, person: Person, key: Person.Key, files: [String: String] = [:]) {
    self.path = path
    self.attestation = attestation
    self.person = person
    self.key = key
    self.files = files
  }

  /// - Parameters:
  ///   - signature: the bytes of the file `‹path›.sig`, or `nil` when there is none.
  ///   - people: the committed list.
  ///   - list: how messages name that list.
  package static func read(
    path: String, bytes: [UInt8], signature: [UInt8]?, people: People, list: String
  ) throws(AttestationFault) -> SignedAttestation {
    let attestation = try Attestation.read(path: path, bytes: bytes)
    do throws(AttestationFault) {
      return try signed(attestation, path, bytes, signature, people, list)
    } catch { throw error.claiming(attestation) }
  }

  private static func signed(
    _ attestation: Attestation, _ path: String, _ bytes: [UInt8], _ signature: [UInt8]?, _ people: People,
    _ list: String
  ) throws(AttestationFault) -> SignedAttestation {
    let sign = "ssh-keygen -Y sign -f ‹key› -n \(namespace) \(path)"
    guard let signature else {
      throw AttestationFault(.unsigned, path: path, why: "is not signed: \(path).sig is not there", remedy: sign)
    }
    func bad(_ why: String) -> AttestationFault {
      AttestationFault(.badSignature, path: path + ".sig", why: why, remedy: "remove it, then " + sign)
    }
    let read: SSHSignature
    do throws(SSHSignature.Fault) {
      read = try SSHSignature(armoured: signature)
      try read.check(message: bytes, namespace: namespace)
    } catch {
      switch error {
      case .malformed(let why): throw bad(why)
      case .unfitKey(let why): throw bad("is by a key that \(why)")
      case .untouched: throw bad("was made without touching the security key")
      case .mismatch: throw bad("is no signature of this file: one of the two was changed")
      case .foreignNamespace:
        throw AttestationFault(
          .wrongNamespace, path: path + ".sig", why: "was made for another purpose than \(namespace)",
          remedy: "remove it, then " + sign)
      }
    }
    guard let (person, key) = people.holder(of: read.key) else {
      throw AttestationFault(
        .unknownPerson, path: path, why: "is signed with a key of nobody in \(list), \(read.key.fingerprint)",
        remedy: "let a person of \(list) sign it, or commit that person's key there")
    }
    guard person.id == attestation.by else {
      throw AttestationFault(
        .unknownPerson, path: path, why: "names another person than the one who signed it, \(person.id)",
        remedy: "let the person sign it whom it names")
    }
    return SignedAttestation(path: path, attestation: attestation, person: person, key: key)
  }
}
