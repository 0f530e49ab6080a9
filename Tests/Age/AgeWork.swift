import Core
import FoundationEssentials
import Glibc
import OpenSSL
import Processes
import TestSupport

@testable import Age

/// Files in the age format, whole and in pieces.
enum AgeWork {
  static func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) } }

  static func encrypt(_ plain: [UInt8], to recipients: [AgeRecipient], pieces: Int = 1 << 20) throws -> [UInt8] {
    let encryptor = try AgeEncryptor(to: recipients)
    var out: [UInt8] = []
    try inPieces(plain, pieces) { piece in encryptor.add(piece) { out.append(contentsOf: $0) } }
    encryptor.finish { out.append(contentsOf: $0) }
    return out
  }

  static func decrypt(
    _ file: [UInt8], _ opening: AgeDecryptor.Opening, pieces: Int = 1 << 20
  ) throws -> [UInt8] {
    let decryptor = AgeDecryptor(opening)
    var out: [UInt8] = []
    try inPieces(file, pieces) { piece in try decryptor.add(piece) { out.append(contentsOf: $0) } }
    try decryptor.finish { out.append(contentsOf: $0) }
    return out
  }

  private static func inPieces(_ bytes: [UInt8], _ size: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    for start in stride(from: 0, to: bytes.count, by: size) {
      try bytes[start..<min(start + size, bytes.count)].withUnsafeBytes { try body($0) }
    }
  }

  /// What the decryptor says of a file; `nil` when it opens.
  static func complaint(_ file: [UInt8], _ opening: AgeDecryptor.Opening) -> AgeError? {
    do {
      _ = try decrypt(file, opening)
      return nil
    } catch {
      return error as? AgeError
    }
  }

  /// A file whose header is written by hand, with a right MAC.
  ///
  /// - Parameter payload: Pairs of a part and whether it is marked as the last.
  static func file(
    header lines: [String], _ key: AgeFileKey, payload: [(plain: [UInt8], isLast: Bool)] = [([1, 2, 3], true)]
  ) -> [UInt8] {
    let signed = Array((["age-encryption.org/v1"] + lines + ["---"]).joined(separator: "\n").utf8)
    let nonce = bytes(16)
    guard let box = try? SealedBox(key: key.payloadKey(nonce), sealing: true) else {
      preconditionFailure("OpenSSL offers no ChaCha20-Poly1305 here")
    }
    var out = signed + Array((" " + UnpaddedBase64.encode(key.headerMAC(signed)) + "\n").utf8) + nonce
    for (number, part) in payload.enumerated() {
      var sealed = [UInt8](repeating: 0, count: part.plain.count + 16)
      part.plain.withUnsafeBytes { plain in
        sealed.withUnsafeMutableBytes {
          box.seal(plain, nonce: AgeStream.nonce(UInt64(number), isLast: part.isLast), into: $0)
        }
      }
      out += sealed
    }
    return out
  }
}

/// The real program.
enum AgeProgram {
  static let isInstalled: Bool = {
    guard access("/usr/bin/age", X_OK) != 0 else { return true }
    print("skipped: age is not installed (Debian, Ubuntu: apt-get install age)")
    return false
  }()

  /// Runs a shell command in a folder.
  static func shell(_ text: String, in folder: TemporaryFolder) async throws -> Finished {
    try await SystemProcessRunner().run(
      .shell(text, environment: ["PATH": "/usr/bin:/bin"], folder: folder.path, timeout: .seconds(60)))
  }
}
