/// 64 bits: the same for the same bytes in every process, for keys of tables that only live while a file is read.
///
/// Eight bytes at a time through a bijection (SplitMix64's finalizer, https://prng.di.unimi.it/splitmix64.c), the last ones
/// with their number.
struct StableHash {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    var index = 0
    while index + 8 <= bytes.count {
      add(number: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)))
      index += 8
    }
    // At most seven bytes, below their number: what ends otherwise, or goes on, differs.
    var rest = UInt64(bytes.count - index)
    while index < bytes.count {
      rest = rest << 8 | UInt64(bytes[index])
      index += 1
    }
    add(number: rest)
  }

  mutating func add(_ text: String) {
    var text = text
    text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
  }

  /// Adds all eight bytes of a number at once.
  @inline(__always)
  mutating func add(number: UInt64) {
    // The finalizer of SplitMix64, which is a bijection: different numbers stay different.
    var mixed = value ^ number
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    value = mixed ^ (mixed >> 31)
  }

  /// Adds text or nothing, which differs from any text; `ab` + `c` differs from `a` + `bc`.
  mutating func add(field text: String?) {
    if let text { add(text) } else { addNothing() }
  }

  mutating func add(field bytes: UnsafeRawBufferPointer?) {
    if let bytes { add(bytes) } else { addNothing() }
  }

  private mutating func addNothing() { add(number: .max) }
}
