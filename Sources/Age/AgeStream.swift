/// The payload's parts: 64 KiB each but for the last, numbered, and the last one marked.
enum AgeStream {
  static let part = 64 << 10
  static let nonceLength = 16

  /// 11 bytes of a number, big-endian, and whether it is the last part.
  static func nonce(_ number: UInt64, isLast: Bool) -> [UInt8] {
    [0, 0, 0] + (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) } + [isLast ? 1 : 0]
  }
}
