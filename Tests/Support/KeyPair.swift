import Core
import Processes

/// A pair of keys made by the `openssl` of this machine, in PEM.
package struct KeyPair: Sendable {
  package enum Kind: Sendable { case ed25519, p256, p384, rsa }

  package let privateKey: String
  package let publicKey: String

  package static func make(_ kind: Kind = .ed25519) async throws -> KeyPair {
    let words =
      switch kind {
      case .ed25519: ["-algorithm", "ed25519"]
      case .p256: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
      case .p384: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"]
      case .rsa: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]
      }
    let made = try await openssl(["genpkey"] + words)
    return KeyPair(
      privateKey: made, publicKey: try await openssl(["pkey", "-pubout"], input: made))
  }

  /// What `openssl` prints.
  package static func openssl(_ words: [String], input: String = "") async throws -> String {
    try await output(["openssl"] + words, input: input)
  }

  /// What `dsse.py` beside this file prints: securesystemslib's answers.
  package static func securesystemslib(_ words: [String]) async throws -> String {
    try await output([BackgroundProgram.interpreter, BackgroundProgram.programs + "/dsse.py"] + words)
  }

  package static func run(_ words: [String], in folder: String = "/", input: String = "") async throws -> Finished {
    try await SystemProcessRunner().run(
      Command(
        words, environment: ["PATH": "/usr/bin:/bin"], folder: folder, timeout: .seconds(60), input: Array(input.utf8)))
  }

  private static func output(_ words: [String], input: String = "") async throws -> String {
    let finished = try await run(words, input: input)
    guard finished.succeeded else {
      throw Problem(
        "test.program", "\(words.prefix(2)) failed", why: String(decoding: finished.errorOutput, as: UTF8.self))
    }
    return String(decoding: finished.output, as: UTF8.self)
  }
}
