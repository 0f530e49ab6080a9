extension Int64 {
  /// A number of bytes as people say it, never rounded up: `1 KiB` at least, `4.2 MiB`, `1.9 GiB`.
  package var bytesInWords: String {
    if self < 1 << 20 { return "\(Swift.max(1, self >> 10)) KiB" }
    let (unit, shift) = self < 1 << 30 ? ("MiB", Int64(20)) : ("GiB", 30)
    let rest = self & ((1 << shift) - 1)
    return "\(self >> shift).\((rest * 10) >> shift) \(unit)"
  }
}
