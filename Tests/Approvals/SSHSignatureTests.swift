import Approvals
import OpenSSL
import Processes
import Testing

@Suite struct SSHSignatureTests {
  private static let message = Array("{ \"statement\": \"The record was reviewed.\" }\n".utf8)

  struct Kind: Sendable, CustomTestStringConvertible {
    let name: String
    let arguments: [String]
    var options: [String] = []
    var testDescription: String { name }
  }

  private static let kinds = [
    Kind(name: "Ed25519", arguments: ["-t", "ed25519"]),
    Kind(name: "Ed25519 by SHA-256", arguments: ["-t", "ed25519"], options: ["-O", "hashalg=sha256"]),
    Kind(name: "P-256", arguments: ["-t", "ecdsa", "-b", "256"]),
    Kind(name: "P-384", arguments: ["-t", "ecdsa", "-b", "384"]),
    Kind(name: "P-521", arguments: ["-t", "ecdsa", "-b", "521"]),
    Kind(name: "RSA", arguments: ["-t", "rsa", "-b", "2048"]),
    Kind(name: "RSA by SHA-256", arguments: ["-t", "rsa", "-b", "3072"], options: ["-O", "hashalg=sha256"]),
  ]

  /// What stands against a signature: `nil` when it is taken.
  private func fault(
    _ signature: [UInt8], of message: [UInt8] = message, by line: String? = nil,
    namespace: String = SigningPeople.namespace
  ) -> SSHSignature.Fault? {
    do throws(SSHSignature.Fault) {
      let read = try SSHSignature(armoured: signature)
      try read.check(message: message, namespace: namespace)
      if let line {
        guard let key = try? SSHPublicKey(line: line), key == read.key else { return .mismatch }
      }
      return nil
    } catch { return error }
  }

  @Test(arguments: kinds) func `what ssh-keygen signs is taken, and every changed byte is refused`(kind: Kind)
    async throws
  {
    let people = try SigningPeople()
    let line = try await people.key("ana", kind.arguments)
    let signature = try await people.sign(Self.message, by: "ana", options: kind.options)
    #expect(try await people.openSSHAccepts(signature, of: Self.message, by: line))
    #expect(fault(signature, by: line) == nil)
    #expect(fault(signature, namespace: "file") == .foreignNamespace(SigningPeople.namespace))

    for index in Self.message.indices {
      var changed = Self.message
      changed[index] ^= 1
      #expect(fault(signature, of: changed) == .mismatch)
    }
    #expect(fault(signature, of: Self.message + [10]) == .mismatch && fault(signature, of: []) == .mismatch)
    let blob = Wire.blob(of: signature)
    #expect(fault(Wire.armoured(blob), by: line) == nil)
    for index in blob.indices {
      for bit in [UInt8(1), 0x80] {
        var changed = blob
        changed[index] ^= bit
        #expect(fault(Wire.armoured(changed), by: line) != nil, "byte \(index) of the signature")
      }
    }
    for count in [0, 6, 10, blob.count / 2, blob.count - 1] {
      #expect(fault(Wire.armoured(Array(blob.prefix(count)))) != nil, "cut after \(count) bytes")
    }
    #expect(fault(Wire.armoured(blob + [0])) != nil, "a byte too many")
  }

  @Test func `the armour is read as ssh-keygen reads it`() async throws {
    let people = try SigningPeople()
    let line = try await people.key("ana", ["-t", "ed25519"])
    let signature = try await people.sign(Self.message, by: "ana")
    let text = String(decoding: signature, as: UTF8.self)
    var forms = [
      text.replacing("\n", with: "\r\n"), text + "more\n", " " + text, "\n" + text, text.replacing("\n", with: ""),
      text.replacing("-----END", with: "----END"), text.replacing("=", with: ""), text.uppercased(),
      text.replacing("\n", with: "\n \t"), String(text.dropLast()), text.replacing("BEGIN SSH", with: "BEGIN PGP"),
    ]
    // A sample of single changes: blanks, digits, dashes.
    for offset in stride(from: 0, to: text.count, by: 11) {
      var characters = Array(text)
      characters[offset] = characters[offset] == "A" ? "B" : "A"
      forms.append(String(characters))
    }
    var taken = 0
    for form in forms {
      let theirs = try await people.openSSHAccepts(Array(form.utf8), of: Self.message, by: line)
      let ours = fault(Array(form.utf8), by: line) == nil
      #expect(ours == theirs, "OpenSSH \(theirs ? "takes" : "refuses") \(form.debugDescription)")
      taken += theirs ? 1 : 0
    }
    #expect(taken >= 2, "nothing was taken, so nothing was compared")
  }

  @Test(arguments: [SSHPublicKey.Kind.touchedEd25519, .touchedP256])
  func `a security key's signature counts when it was touched`(kind: SSHPublicKey.Kind) async throws {
    let people = try SigningPeople()
    let key = try await SoftwareSecurityKey(kind, people: people)
    let signature = try await key.sign(Self.message)
    #expect(try await people.openSSHAccepts(signature, of: Self.message, by: key.line))
    #expect(fault(signature, by: key.line) == nil)
    #expect(fault(try await key.sign(Self.message, flags: 5), by: key.line) == nil, "touched, with a PIN")
    #expect(fault(try await key.sign(Self.message, flags: 0)) == .untouched)
    let blob = Wire.blob(of: signature)
    for index in blob.indices {
      var changed = blob
      changed[index] ^= 2
      #expect(fault(Wire.armoured(changed), by: key.line) != nil, "byte \(index) of the signature")
    }
  }

  @Test(arguments: [("rsa-sha2-256", "-sha256", true), ("rsa-sha2-512", "-sha512", true), ("ssh-rsa", "-sha1", false)])
  func `of RSA only the newer algorithms are taken, as ssh-keygen does`(
    algorithm: String, digest: String, isTaken: Bool
  ) async throws {
    let people = try SigningPeople()
    let line = try await people.key("ana", ["-t", "rsa", "-b", "2048", "-m", "PEM"])
    let namespace = SigningPeople.namespace
    let signed =
      Array("SSHSIG".utf8) + Wire.string(namespace) + Wire.string("") + Wire.string("sha256")
      + Wire.string(Digest.sha256(Self.message))
    try people.write(signed, to: "signed")
    let raw = try await people.run(["openssl", "dgst", digest, "-sign", "ana", "signed"]).output
    #expect(raw.count == 256)
    let signature = Wire.armoured(
      Array("SSHSIG".utf8) + [0, 0, 0, 1] + Wire.string(try SSHPublicKey(line: line).blob) + Wire.string(namespace)
        + Wire.string("") + Wire.string("sha256") + Wire.string(Wire.string(algorithm) + Wire.string(raw)))
    #expect(try await people.openSSHAccepts(signature, of: Self.message, by: line) == isTaken)
    #expect((fault(signature, by: line) == nil) == isTaken)
  }

  @Test func `random bytes in the place of any part end nothing`() async throws {
    let people = try SigningPeople()
    _ = try await people.key("ana", ["-t", "ecdsa", "-b", "256"])
    let blob = Wire.blob(of: try await people.sign(Self.message, by: "ana"))
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    for _ in 0..<2000 {
      var changed = blob
      for _ in 0...next(4) {
        switch next(3) {
        case 0: changed[next(changed.count)] = UInt8(next(256))
        case 1: changed.remove(at: next(changed.count))
        default: changed.insert(UInt8(next(256)), at: next(changed.count))
        }
      }
      if changed != blob { #expect(fault(Wire.armoured(changed)) != nil) }
    }
  }

  @Test(arguments: [
    ("no signature at all", "hello\n"), ("empty", ""), ("only a beginning", "-----BEGIN SSH SIGNATURE-----\n"),
    ("no base64", "-----BEGIN SSH SIGNATURE-----\n????\n-----END SSH SIGNATURE-----\n"),
    ("nothing inside", "-----BEGIN SSH SIGNATURE-----\n\n-----END SSH SIGNATURE-----\n"),
    ("a length beyond its end", "-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAf////8=\n-----END SSH SIGNATURE-----\n"),
    ("version 2", "-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAgAAAAA=\n-----END SSH SIGNATURE-----\n"),
  ])
  func `what is no signature is told so`(name: String, text: String) {
    guard case .malformed(let why) = fault(Array(text.utf8)) else {
      Issue.record("\(name) was taken for a signature")
      return
    }
    #expect(!why.isEmpty)
  }

  @Test func `a signature beyond all size is not read`() {
    let text = "-----BEGIN SSH SIGNATURE-----\n" + String(repeating: "A", count: 20_000)
    #expect(fault(Array((text + "\n-----END SSH SIGNATURE-----\n").utf8)) == .malformed("is too large for a signature"))
  }

  @Test func `a short RSA key and a key's other person do not count`() async throws {
    let people = try SigningPeople()
    _ = try await people.key("short", ["-t", "rsa", "-b", "1024"])
    let short = try await people.sign(Self.message, by: "short")
    guard case .unfitKey(let why) = fault(short) else {
      Issue.record("1024 bits were taken")
      return
    }
    #expect(why.contains("1024 bits"))
    let ana = try await people.key("ana", ["-t", "ed25519"])
    let rui = try await people.key("rui", ["-t", "ed25519"])
    let signature = try await people.sign(Self.message, by: "ana")
    #expect(fault(signature, by: ana) == nil && fault(signature, by: rui) == .mismatch)
    #expect(try await !people.openSSHAccepts(signature, of: Self.message, by: rui))
  }
}
