import FoundationEssentials
import Processes
import TestSupport
import Testing

@testable import Age

@Suite struct `An age file` {
  private static let sizes = [0, 1, 65_535, 65_536, 65_537, 131_072, 131_073, 300_000]

  @Test(arguments: sizes) func `opens again to what went in, whatever pieces it came in`(size: Int) throws {
    let identity = AgeIdentity.make()
    let plain = AgeWork.bytes(size)
    for pieces in [1 << 20, 65_536, 1000] {
      let file = try AgeWork.encrypt(plain, to: [identity.recipient()], pieces: pieces)
      #expect(try AgeWork.decrypt(file, .identities([identity]), pieces: pieces + 1) == plain)
    }
    let file = try AgeWork.encrypt(plain, to: [identity.recipient()])
    #expect(file.count == 168 + 16 + size + 16 * max(1, (size + 65_535) / 65_536))
    if size < 2 { #expect(try AgeWork.decrypt(file, .identities([identity]), pieces: 1) == plain) }
  }

  @Test(.enabled(if: AgeProgram.isInstalled), arguments: sizes)
  func `goes both ways with the program age`(size: Int) async throws {
    let folder = try TemporaryFolder()
    #expect(try await AgeProgram.shell("age-keygen -o key && age-keygen -y key > public", in: folder).succeeded)
    func read(_ name: String) throws -> [UInt8] {
      try [UInt8](Data(contentsOf: URL(filePath: folder.path + "/" + name)))
    }
    let identities = try AgeIdentity.list(String(decoding: read("key"), as: UTF8.self))
    let recipients = try AgeRecipient.list(String(decoding: read("public"), as: UTF8.self))
    #expect(try identities.map { try $0.recipient() } == recipients)
    let plain = AgeWork.bytes(size)

    let other = AgeIdentity.make()
    let ours = try AgeWork.encrypt(plain, to: [other.recipient()] + recipients)
    try Data(ours).write(to: URL(filePath: folder.path + "/ours.age"))
    try Data(plain).write(to: URL(filePath: folder.path + "/plain"))
    let opened = try await AgeProgram.shell("age -d -i key ours.age > opened && cmp opened plain", in: folder)
    #expect(opened.succeeded, "\(String(decoding: opened.errorOutput, as: UTF8.self))")

    #expect(
      try await AgeProgram.shell("age -r \(other.recipient()) -R public -o theirs.age plain", in: folder).succeeded)
    for identity in [other] + identities {
      #expect(try AgeWork.decrypt(read("theirs.age"), .identities([identity])) == plain)
    }
  }

  @Test func `opens for each of its recipients, for its own key, and for nobody else`() throws {
    let identities = (0..<3).map { _ in AgeIdentity.make() }
    let encryptor = try AgeEncryptor(to: identities.map { try $0.recipient() })
    var file: [UInt8] = []
    encryptor.finish { file.append(contentsOf: $0) }
    for identity in identities {
      #expect(try AgeWork.decrypt(file, .identities([AgeIdentity.make(), identity])) == [])
    }
    #expect(try AgeWork.decrypt(file, .fileKey(encryptor.fileKey)) == [])
    #expect(AgeWork.complaint(file, .identities([AgeIdentity.make()])) == .noIdentityMatches)
    #expect(AgeWork.complaint(file, .fileKey(.make())) == .headerChanged)
    #expect(throws: AgeError.empty) { try AgeEncryptor(to: []) }
  }

  @Test func `has another key each time`() throws {
    let recipient = try AgeIdentity.make().recipient()
    #expect(try AgeWork.encrypt([1], to: [recipient]) != AgeWork.encrypt([1], to: [recipient]))
    #expect(try AgeEncryptor(to: [recipient]).fileKey != AgeEncryptor(to: [recipient]).fileKey)
  }

  @Test func `with any one bit flipped does not open`() throws {
    let identity = AgeIdentity.make()
    let file = try AgeWork.encrypt(AgeWork.bytes(140_000), to: [identity.recipient()])
    // Every bit of the header, the nonce and the tags, and some of each part.
    let borders = (0..<184).map { $0 } + [65_735, 65_736, 131_287, 131_288, file.count - 17, file.count - 1]
    for place in borders + (0..<50).map({ 184 + $0 * 2791 }) {
      var changed = file
      changed[place] ^= UInt8(1 << (place % 8))
      #expect(AgeWork.complaint(changed, .identities([identity])) != nil, "byte \(place)")
    }
  }

  @Test func `cut anywhere does not open, at the end of a part either`() throws {
    let identity = AgeIdentity.make()
    let file = try AgeWork.encrypt(AgeWork.bytes(131_072), to: [identity.recipient()])
    let head = file.count - 2 * (65_536 + 16)
    for count in [head + 65_552, head + 65_552 + 1, head + 65_552 + 15, head, head + 1] {
      #expect(AgeWork.complaint(Array(file[..<count]), .identities([identity])) == .truncated, "\(count) bytes")
    }
    for count in [0, 5, 21, 22, 100, head - 1, file.count - 1] {
      #expect(AgeWork.complaint(Array(file[..<count]), .identities([identity])) != nil, "\(count) bytes")
    }
  }

  @Test func `with anything after its end does not open`() throws {
    let identity = AgeIdentity.make()
    for size in [3, 65_536] {
      let file = try AgeWork.encrypt(AgeWork.bytes(size), to: [identity.recipient()])
      for extra in [1, 16, 70_000] {
        let complaint = AgeWork.complaint(file + [UInt8](repeating: 7, count: extra), .identities([identity]))
        #expect(complaint == (size == 65_536 ? .trailingBytes : .damaged))
      }
      #expect(AgeWork.complaint(file + file, .identities([identity])) != nil)
    }
  }

  @Test func `with parts swapped, repeated or left out does not open`() throws {
    let identity = AgeIdentity.make()
    let file = try AgeWork.encrypt(AgeWork.bytes(3 * 65_536), to: [identity.recipient()])
    let part = 65_552
    let head = Array(file[..<(file.count - 3 * part)])
    let parts = (0..<3).map { Array(file[(head.count + $0 * part)..<(head.count + ($0 + 1) * part)]) }
    for order in [[1, 0, 2], [0, 2], [1, 2], [0, 0, 2], [0, 1, 2, 2], [0, 1]] {
      #expect(AgeWork.complaint(head + order.flatMap { parts[$0] }, .identities([identity])) != nil)
    }
    #expect(AgeWork.complaint(head + parts.flatMap { $0 }, .identities([identity])) == nil)
  }

  @Test func `has no empty last part after others, which would be a second form of it`() throws {
    let key = AgeFileKey.make()
    let lines = ["-> other x", ""]
    let whole = AgeWork.bytes(65_536)
    func payload(_ parts: [([UInt8], Bool)]) -> AgeError? {
      AgeWork.complaint(AgeWork.file(header: lines, key, payload: parts.map { ($0.0, $0.1) }), .fileKey(key))
    }
    #expect(payload([(whole, true)]) == nil && payload([([], true)]) == nil)
    #expect(payload([(whole, false), ([], true)]) == .damaged)
    #expect(payload([(whole, false), (whole, false)]) == .truncated)
    #expect(payload([(whole, true), ([1], true)]) == .trailingBytes)
    #expect(payload([([1], false), ([2], true)]) != nil)
  }
}
