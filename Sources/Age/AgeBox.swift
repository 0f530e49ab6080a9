import OpenSSL

extension SealedBox {
  /// A box of an age file, with its error.
  static func ofAge(key: [UInt8], sealing: Bool) throws(AgeError) -> SealedBox {
    do throws(SealedBox.Unavailable) { return try SealedBox(key: key, sealing: sealing) } catch { throw .noCipher }
  }
}
