import Approvals
import Core
import FoundationEssentials
import OpenSSL
import Processes
import TestSupport

/// Keys and signatures made by OpenSSH and OpenSSL themselves.
struct SigningPeople: Sendable {
  static let namespace = "gatehouse-attestation"
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @discardableResult
  func run(_ words: [String], input: [UInt8] = []) async throws -> Finished {
    try await SystemProcessRunner().run(
      Command(
        words, environment: ["PATH": "/usr/bin:/bin", "HOME": folder.path, "LC_ALL": "C"], folder: folder.path,
        timeout: .seconds(60), input: input))
  }

  func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: folder.path + "/" + name))) }

  func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: URL(filePath: folder.path + "/" + name))
  }

  /// Makes a key; the line of its `.pub` file.
  func key(_ name: String, _ arguments: [String]) async throws -> String {
    try await run(["ssh-keygen", "-q", "-N", "", "-C", "somebody", "-f", name] + arguments)
    return String(decoding: try bytes(name + ".pub"), as: UTF8.self).filter { $0 != "\n" }
  }

  func sign(
    _ message: [UInt8], by name: String, namespace: String = SigningPeople.namespace, options: [String] = []
  ) async throws -> [UInt8] {
    try await run(["ssh-keygen", "-q", "-Y", "sign", "-f", name, "-n", namespace] + options, input: message).output
  }

  /// Whether OpenSSH takes the signature of the message by the key.
  func openSSHAccepts(
    _ signature: [UInt8], of message: [UInt8], by key: String, namespace: String = SigningPeople.namespace
  ) async throws -> Bool {
    try write(Array("ana@clinic.example \(key)\n".utf8), to: "allowed")
    try write(signature, to: "signature")
    return try await run(
      [
        "ssh-keygen", "-q", "-Y", "verify", "-f", "allowed", "-I", "ana@clinic.example", "-n", namespace, "-s",
        "signature",
      ], input: message
    ).succeeded
  }
}

/// The encoding of RFC 4251, written by the tests.
enum Wire {
  static func string(_ bytes: [UInt8]) -> [UInt8] {
    let count = UInt32(bytes.count)
    return [UInt8(count >> 24), UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255)] + bytes
  }
  static func string(_ text: String) -> [UInt8] { string(Array(text.utf8)) }

  static func armoured(_ blob: [UInt8]) -> [UInt8] {
    Array("-----BEGIN SSH SIGNATURE-----\n\(Base64.encode(blob))\n-----END SSH SIGNATURE-----\n".utf8)
  }

  static func blob(of armoured: [UInt8]) -> [UInt8] {
    let lines = String(decoding: armoured, as: UTF8.self).split(separator: "\n")
    return Base64.decode(lines.filter { !$0.hasPrefix("-----") }.joined()) ?? []
  }
}

/// A security key in software: what a FIDO key would answer, signed by OpenSSL.
struct SoftwareSecurityKey {
  let people: SigningPeople
  let kind: SSHPublicKey.Kind
  let line: String
  private let blob: [UInt8]

  init(_ kind: SSHPublicKey.Kind, people: SigningPeople) async throws {
    self.people = people
    self.kind = kind
    let algorithm =
      kind == .touchedEd25519 ? ["ed25519"] : ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
    try await people.run(["openssl", "genpkey", "-out", "sk.pem", "-algorithm"] + algorithm)
    let form = try await people.run(["openssl", "pkey", "-in", "sk.pem", "-pubout", "-outform", "DER"]).output
    let point = kind == .touchedEd25519 ? Array(form.suffix(32)) : Array(form.suffix(65))
    blob =
      Wire.string(kind.rawValue) + (kind == .touchedEd25519 ? [] : Wire.string("nistp256")) + Wire.string(point)
      + Wire.string("ssh:")
    line = kind.rawValue + " " + Base64.encode(blob) + " key@hand"
  }

  func sign(_ message: [UInt8], flags: UInt8 = 1, counter: [UInt8] = [0, 0, 0, 7]) async throws -> [UInt8] {
    let namespace = SigningPeople.namespace
    let signed =
      Array("SSHSIG".utf8) + Wire.string(namespace) + Wire.string("") + Wire.string("sha512")
      + Wire.string(Digest.sha512(message))
    try people.write(
      Digest.sha256(Array("ssh:".utf8)) + [flags] + counter + Digest.sha256(signed), to: "sk.signed")
    let raw: [UInt8]
    if kind == .touchedEd25519 {
      raw = try await people.run(
        ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", "sk.pem", "-in", "sk.signed"]
      ).output
    } else {
      raw = SoftwareSecurityKey.numbers(
        try await people.run(["openssl", "dgst", "-sha256", "-sign", "sk.pem", "sk.signed"]).output)
    }
    let body = Wire.string(kind.rawValue) + Wire.string(raw) + [flags] + counter
    return Wire.armoured(
      Array("SSHSIG".utf8) + [0, 0, 0, 1] + Wire.string(blob) + Wire.string(namespace) + Wire.string("")
        + Wire.string("sha512") + Wire.string(body))
  }

  /// The two numbers of a DER sequence as SSH writes them: a DER integer has the same bytes as an `mpint`.
  private static func numbers(_ form: [UInt8]) -> [UInt8] {
    var rest = form.dropFirst(2)
    var numbers: [UInt8] = []
    while rest.count > 2 {
      let count = Int(rest[rest.startIndex + 1])
      numbers += Wire.string(Array(rest.dropFirst(2).prefix(count)))
      rest = rest.dropFirst(2 + count)
    }
    return numbers
  }
}
