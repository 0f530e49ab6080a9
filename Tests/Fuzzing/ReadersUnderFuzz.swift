import Approvals
import Attestations
import Controls
import Core
import Evidence
import Glibc
import PolicyFile

/// What the fuzzer feeds: every reader of reports by itself, the recognition of reports, and the readers of what people
/// write. Reading ends in facts or in a named fault; anything else ends the process, which is what the fuzzer looks for.
private enum Target {
  case recognition
  case single(String)
  case vex
  case manifest
  case envelopes
  case statement
  case policy
  case people
  case pack
  case attestation

  static let others: [String: Target] = [
    "Recognition": .recognition, "VEX": .vex, "Manifest": .manifest, "Envelopes": .envelopes, "Statement": .statement,
    "Policy": .policy, "People": .people,
    "ControlPack": .pack, "Attestation": .attestation,
  ]

  static var names: [String] { (SingleReader.names + others.keys).sorted() }

  /// The key of RFC 8032, section 7.1, test 1: everybody has it.
  private static let signer = try? EnvelopeSigner(
    pem: Secret(
      """
      -----BEGIN PRIVATE KEY-----
      MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
      -----END PRIVATE KEY-----
      """))

  private static let signers = signer.map { [TrustedSigner(id: "ci", key: $0.publicKey)] } ?? []

  init?(_ name: String) {
    if let other = Target.others[name] {
      self = other
    } else if SingleReader.names.contains(name) {
      self = .single(name)
    } else {
      return nil
    }
  }

  func take(_ bytes: UnsafeRawBufferPointer) {
    switch self {
    case .recognition: _ = try? EvidenceReader.read(pieces: cut(bytes), shown: "report")
    case .single(let name): try? SingleReader.read(cut(bytes), as: name)
    case .vex: _ = try? VEXReader.read(Array(bytes), shown: "vex")
    case .manifest: _ = try? EvidenceManifest.read(Array(bytes), shown: "manifest")
    case .envelopes:
      var shelf = AttestationShelf()
      shelf.read(Array(bytes), path: "a.intoto.jsonl", trusting: Target.signers)
    case .statement:
      // Signed, so that it is read to its end.
      guard let envelope = Target.signer?.envelope(of: Array(bytes), type: InTotoStatement.mediaType) else { return }
      var shelf = AttestationShelf()
      shelf.read(Array(envelope.json.text().utf8), path: "a.json", trusting: Target.signers)
    case .policy: _ = PolicyFile.load(text: String(decoding: bytes, as: UTF8.self))
    case .people: _ = People.read(file: "people.yml", bytes: Array(bytes))
    case .pack: _ = ControlPack.read(file: "pack.yml", bytes: Array(bytes))
    case .attestation: _ = try? Attestation.read(path: "attestation.yml", bytes: Array(bytes))
    }
  }

  /// The first byte says how long the pieces are; 0 leaves it whole.
  private func cut(_ bytes: UnsafeRawBufferPointer) -> [UnsafeRawBufferPointer] {
    guard let first = bytes.first, bytes.count > 1 else { return [] }
    let length = first == 0 ? bytes.count : Int(first)
    return stride(from: 1, to: bytes.count, by: length).map {
      UnsafeRawBufferPointer(rebasing: bytes[$0..<min($0 + length, bytes.count)])
    }
  }
}

/// The target that `GATEHOUSE_FUZZ_READER` names; without one, or with an unknown one, the names are written and the
/// process ends.
private let target: Target = {
  let wanted = getenv("GATEHOUSE_FUZZ_READER").map { String(cString: $0) } ?? ""
  if let target = Target(wanted) { return target }
  for name in Target.names { print(name) }
  exit(wanted.isEmpty ? 0 : 4)
}()

@_cdecl("gatehouse_fuzz")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) {
  target.take(UnsafeRawBufferPointer(start: bytes, count: count))
}
