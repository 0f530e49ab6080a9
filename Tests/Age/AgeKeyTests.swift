import Testing

@testable import Age

@Suite struct `A recipient or an identity` {
  private static let known = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"

  @Test func `is read from a file with comments, and once each`() throws {
    let other = try AgeIdentity.make().recipient()
    let text = "# kept by Ana\r\n\n  \(Self.known)\t\r\n# escrow\n\(other)\n\(Self.known)"
    #expect(try AgeRecipient.list(text).map(\.description) == [Self.known, other.description])
    let identity = AgeIdentity.make()
    #expect(try AgeIdentity.list("# created: today\n\(identity.reveal())\n") == [identity])
    for none in ["", "\n", "# nothing\n"] {
      #expect(throws: AgeError.empty) { try AgeRecipient.list(none) }
      #expect(throws: AgeError.empty) { try AgeIdentity.list(none) }
    }
  }

  @Test func `that is mistyped, of another kind or another form is refused with its line`() throws {
    let mistyped = String(Self.known.dropLast()) + "q"
    let zero = Bech32.encode("age", [UInt8](repeating: 0, count: 32))
    for text in [
      mistyped, Self.known.uppercased(), "Age1" + Self.known.dropFirst(4), Self.known + " " + Self.known, "age1",
      Bech32.encode("age", AgeWork.bytes(31)), Bech32.encode("age", AgeWork.bytes(33)),
      Bech32.encode("agf", AgeWork.bytes(32)), zero, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL",
      // 32 bytes are 51 digits and one bit, so the last digit has four bits that must be zero.
      loose(),
    ] {
      let error = #expect(throws: AgeError.self) { try AgeRecipient.list("# a\n\n" + text) }
      guard case .notRecipient(let line, _) = error else {
        Issue.record("\(text)")
        continue
      }
      #expect(line == 3)
    }
    let identity = AgeIdentity.make().reveal()
    for text in [identity.lowercased(), "age-" + identity.dropFirst(4), String(identity.dropLast()), Self.known, "x"] {
      #expect(throws: AgeError.notIdentity(line: 1)) { try AgeIdentity.list(text) }
    }
  }

  /// A text with a right checksum whose last digit carries bits that mean nothing.
  private func loose() -> String {
    let digits = Array("qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8)
    var values = Bech32.encode("age", AgeWork.bytes(32)).utf8.dropFirst(4).dropLast(6).compactMap { digit in
      digits.firstIndex(of: digit).map { UInt8($0) }
    }
    values[values.count - 1] |= 1
    return Bech32.text("age", values)
  }

  @Test func `secret shows nothing of itself, also when it is taken for a public one`() throws {
    let identity = AgeIdentity.make()
    let secret = identity.reveal()
    #expect(secret.hasPrefix("AGE-SECRET-KEY-1"))
    var dumped = "\(identity) \(String(reflecting: identity)) \([identity]) \(AgeFileKey.make())"
    dump(identity, to: &dumped)
    dump(AgeFileKey.make(), to: &dumped)
    #expect(!dumped.contains("secret:") && !dumped.contains("bytes"))
    #expect(dumped.contains("‹age identity›") && dumped.contains("‹age file key›"))
    let error = #expect(throws: AgeError.self) { try AgeRecipient.list(secret) }
    #expect(error?.message.contains("secret key") == true && error?.message.contains(secret) == false)
    let broken = #expect(throws: AgeError.self) { try AgeIdentity.list(String(secret.dropLast())) }
    #expect(broken?.message.contains(secret.dropFirst(16).prefix(10)) == false)
  }

  @Test func `in Bech32 has the values of BIP 173`() {
    #expect(Bech32.encode("a", []) == "a12uel5l")
    #expect(Bech32.decode("a12uel5l", prefix: "a") == [])
    #expect(
      Bech32.decode("abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", prefix: "abcdef")?.count == 20)
    for text in ["a12uel5m", "A12UEL5L", "b12uel5l", "a1", "", "1", "a12uel5l "] {
      #expect(Bech32.decode(text, prefix: "a") == nil, "\(text)")
    }
  }
}
