/// Bech32 (BIP 173) without its limit of 90 characters, as age writes keys.
enum Bech32 {
  private static let digits = Array("qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8)

  static func encode(_ prefix: String, _ bytes: [UInt8]) -> String {
    text(prefix, regrouped(bytes, from: 8, to: 5, pads: true) ?? [])
  }

  /// - Parameter values: Five bits each.
  static func text(_ prefix: String, _ values: [UInt8]) -> String {
    var values = values
    let check = remainder(expanded(Array(prefix.utf8)) + values + [0, 0, 0, 0, 0, 0]) ^ 1
    values += (0..<6).map { UInt8(check >> (5 * (5 - $0)) & 31) }
    return prefix + "1" + String(decoding: values.map { digits[Int($0)] }, as: UTF8.self)
  }

  /// The bytes behind a prefix; `nil` for another prefix, a wrong checksum, mixed case, or bits left over that are not zero.
  ///
  /// - Parameter prefix: In lower case, as the whole text must be.
  static func decode(_ text: String, prefix: String) -> [UInt8]? {
    let bytes = Array(text.utf8)
    let start = Array(prefix.utf8) + [UInt8(ascii: "1")]
    guard bytes.count <= 1000, bytes.count >= start.count + 6, bytes.starts(with: start) else { return nil }
    var values: [UInt8] = []
    for byte in bytes[start.count...] {
      guard let value = digits.firstIndex(of: byte) else { return nil }
      values.append(UInt8(value))
    }
    guard remainder(expanded(Array(prefix.utf8)) + values) == 1 else { return nil }
    return regrouped(Array(values.dropLast(6)), from: 5, to: 8, pads: false)
  }

  private static func expanded(_ prefix: [UInt8]) -> [UInt8] { prefix.map { $0 >> 5 } + [0] + prefix.map { $0 & 31 } }

  private static func remainder(_ values: [UInt8]) -> UInt32 {
    let generator: [UInt32] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3]
    var check: UInt32 = 1
    for value in values {
      let top = check >> 25
      check = (check & 0x1ff_ffff) << 5 ^ UInt32(value)
      for bit in 0..<5 where top >> bit & 1 == 1 { check ^= generator[bit] }
    }
    return check
  }

  /// Groups of bits in groups of another size; `nil` when what is left over without padding is too much or not zero.
  private static func regrouped(_ values: [UInt8], from: Int, to: Int, pads: Bool) -> [UInt8]? {
    var (gathered, bits): (UInt32, Int) = (0, 0)
    var out: [UInt8] = []
    for value in values {
      gathered = (gathered << from | UInt32(value)) & 0xfff
      bits += from
      while bits >= to {
        bits -= to
        out.append(UInt8(gathered >> bits & (1 << to - 1)))
      }
    }
    let rest = gathered & (1 << bits - 1)
    if pads {
      if bits > 0 { out.append(UInt8(rest << (to - bits))) }
    } else if bits >= from || rest != 0 {
      return nil
    }
    return out
  }
}
