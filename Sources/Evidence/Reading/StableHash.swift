/// FNV-1a, 64 bits: the same for the same bytes in every process, for keys of tables that only live while a file is read.
///
/// Source: http://www.isthe.com/chongo/tech/comp/fnv/
struct StableHash {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func add(_ bytes: some Sequence<UInt8>) {
    for byte in bytes {
      value ^= UInt64(byte)
      value = value &* 0x0000_0100_0000_01b3
    }
  }

  /// Adds all eight bytes of a number at once.
  mutating func add(number: UInt64) {
    // The finalizer of SplitMix64, which is a bijection: different numbers stay different.
    var mixed = value ^ number
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    value = mixed ^ (mixed >> 31)
  }

  /// Adds text and an end mark, so that `ab` + `c` differs from `a` + `bc`.
  mutating func add(field text: String?) {
    if let text { add(text.utf8) }
    add(CollectionOfOne(text == nil ? 0xFE : 0xFF))
  }
}
