extension String {
  /// The text when it is a plain name such as `missing_files`; codes and ids are shown, anything else is not.
  package var asPlainName: String? {
    let allowed = utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
        || byte == 0x5f || byte == 0x2d || byte == 0x2e || byte == 0x3a
    }
    return allowed && !isEmpty && utf8.count <= 120 ? self : nil
  }
}
