import OpenSSL
import Testing

@testable import Age

@Suite struct `The header of an age file` {
  private let identity = AgeIdentity.make()
  private let key = AgeFileKey.make()

  /// The two lines of a right stanza for the identity.
  private func stanza() throws -> (arguments: String, body: String) {
    let stanza = try identity.recipient().wrap(key)
    return ("-> " + stanza.arguments.joined(separator: " "), UnpaddedBase64.encode(stanza.body))
  }

  private func complaint(_ lines: [String]) -> AgeError? {
    AgeWork.complaint(AgeWork.file(header: lines, key), .identities([identity]))
  }

  @Test func `may have ways that are not known, beside one that is`() throws {
    let right = try stanza()
    #expect(complaint([right.arguments, right.body]) == nil)
    let strange = ["-> grease-x a b !@#", "", "-> ssh-ed25519 abc def", String(repeating: "A", count: 64), ""]
    #expect(complaint(strange + [right.arguments, right.body]) == nil)
    #expect(complaint(strange) == .noIdentityMatches)
    let other = try AgeIdentity.make().recipient().wrap(key)
    let others = ["-> " + other.arguments.joined(separator: " "), UnpaddedBase64.encode(other.body)]
    #expect(complaint(others + [right.arguments, right.body]) == nil)
  }

  @Test func `that breaks the format is refused`() throws {
    let right = try stanza()
    let share = String(right.arguments.dropFirst(10))
    let short = UnpaddedBase64.encode(AgeWork.bytes(31))
    for lines in [
      [], [""], [right.arguments], [right.arguments, right.body, ""], [right.arguments + " more", right.body],
      ["-> X25519", right.body], ["->  X25519 " + share, right.body], ["-> X25519 " + share + " ", right.body],
      ["->X25519 " + share, right.body], ["-> X25519 " + short, right.body], [right.arguments, short],
      [right.arguments, right.body + "="], ["-> X25519 " + share + "=", right.body],
      [right.arguments + "\r", right.body],
      [right.arguments, right.body + "\r"], [right.arguments, " " + right.body],
      [right.arguments, right.body + "AAAA"],
      [right.arguments, String(repeating: "A", count: 65)], ["# no comment", right.arguments, right.body],
      ["-> scrypt c2FsdA 10", right.body, right.arguments, right.body], ["-> é x", "", right.arguments, right.body],
    ] {
      let complaint = complaint(lines)
      guard case .malformedHeader = complaint else {
        Issue.record("\(lines): \(String(describing: complaint))")
        continue
      }
    }
  }

  @Test func `whose base64 has unused bits is refused`() throws {
    let right = try stanza()
    // 32 bytes are 43 digits, of which the last carries two bits that mean nothing and must be zero.
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    func loose(_ text: String) throws -> String {
      let last = try #require(text.utf8.last.flatMap { digits.firstIndex(of: $0) })
      #expect(last % 4 == 0)
      return text.dropLast() + String(decoding: [digits[last + 1]], as: UTF8.self)
    }
    for lines in [[try loose(right.arguments), right.body], [right.arguments, try loose(right.body)]] {
      guard case .malformedHeader = complaint(lines) else {
        Issue.record("\(lines)")
        continue
      }
    }
  }

  @Test func `with a share of low order is refused`() throws {
    let right = try stanza()
    // The points with which everybody comes to zero: https://cr.yp.to/ecdh.html#validate
    for point in [
      [UInt8](repeating: 0, count: 32), [1] + [UInt8](repeating: 0, count: 31),
      [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09,
        0x8d,
        0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
      ],
      [0xec] + [UInt8](repeating: 0xff, count: 30) + [0x7f], [0xed] + [UInt8](repeating: 0xff, count: 30) + [0x7f],
    ] {
      guard case .malformedHeader(let why) = complaint(["-> X25519 " + UnpaddedBase64.encode(point), right.body]) else {
        Issue.record("\(point)")
        continue
      }
      #expect(why.contains("low order"))
      guard case .notRecipient = #expect(throws: AgeError.self, performing: { try AgeRecipient(point: point) }) else {
        Issue.record("\(point)")
        continue
      }
    }
  }

  @Test func `of another version, another MAC, or without end is refused`() throws {
    let right = try stanza()
    let file = AgeWork.file(header: [right.arguments, right.body], key)
    let text = String(decoding: file.prefix(200), as: UTF8.self)
    #expect(text.hasPrefix("age-encryption.org/v1\n-> X25519 "))
    var second = file
    second[20] = UInt8(ascii: "2")
    #expect(AgeWork.complaint(second, .identities([identity])) == .notAge)
    #expect(
      AgeWork.complaint(Array("age-encryption.org/v1\r\n".utf8) + file[22...], .identities([identity])) == .notAge)
    #expect(AgeWork.complaint(Array("-----BEGIN AGE ENCRYPTED FILE-----\n".utf8), .identities([identity])) == .notAge)
    // The MAC of another key is a right text with a wrong value.
    let other = AgeWork.file(header: [right.arguments, right.body], .make())
    #expect(AgeWork.complaint(other, .identities([identity])) == .headerChanged)
    let endless = Array("age-encryption.org/v1\n-> x y\n".utf8) + [UInt8](repeating: 0x41, count: 300_000)
    guard case .malformedHeader = AgeWork.complaint(endless, .identities([identity])) else {
      Issue.record("a header without end was read on")
      return
    }
  }
}
