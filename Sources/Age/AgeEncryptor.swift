import OpenSSL

/// Encrypts a stream to several recipients as an age file. Used by one task at a time.
///
/// Memory: two parts of 64 KiB.
package final class AgeEncryptor {
  /// Opens the file that is being written, without any identity.
  package let fileKey = AgeFileKey.make()
  /// The header and the payload's nonce, until they are handed out.
  private var head: [UInt8]
  private let box: SealedBox
  private var number: UInt64 = 0
  /// The part that is being filled. It is sealed when more comes, because the last one is sealed otherwise.
  private let plain = UnsafeMutableRawBufferPointer.allocate(byteCount: AgeStream.part, alignment: 16)
  private var count = 0
  private let sealed = UnsafeMutableRawBufferPointer.allocate(
    byteCount: AgeStream.part + SealedBox.tagLength, alignment: 16)

  package init(to recipients: [AgeRecipient]) throws(AgeError) {
    guard !recipients.isEmpty else { throw .empty }
    var stanzas: [AgeStanza] = []
    for recipient in recipients { stanzas.append(try recipient.wrap(fileKey)) }
    let nonce = randomBytes(AgeStream.nonceLength)
    head = AgeHeader.text(stanzas, fileKey) + nonce
    box = try SealedBox.ofAge(key: fileKey.payloadKey(nonce), sealing: true)
  }

  deinit {
    plain.deallocate()
    sealed.deallocate()
  }

  /// Takes more bytes. The pointer given to `output` is valid until it returns.
  package func add(_ bytes: UnsafeRawBufferPointer, output: (UnsafeRawBufferPointer) throws -> Void) rethrows {
    try begin(output)
    var rest = bytes
    while !rest.isEmpty {
      if count == plain.count { try seal(isLast: false, output) }
      let taken = rest.prefix(plain.count - count)
      UnsafeMutableRawBufferPointer(rebasing: plain[count..<count + taken.count])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: taken))
      count += taken.count
      rest = UnsafeRawBufferPointer(rebasing: rest[taken.endIndex...])
    }
  }

  /// Ends the file. To be called once, last.
  package func finish(output: (UnsafeRawBufferPointer) throws -> Void) rethrows {
    try begin(output)
    try seal(isLast: true, output)
  }

  private func begin(_ output: (UnsafeRawBufferPointer) throws -> Void) rethrows {
    guard !head.isEmpty else { return }
    try head.withUnsafeBytes { try output($0) }
    head = []
  }

  private func seal(isLast: Bool, _ output: (UnsafeRawBufferPointer) throws -> Void) rethrows {
    let room = UnsafeMutableRawBufferPointer(rebasing: sealed[..<(count + SealedBox.tagLength)])
    box.seal(
      UnsafeRawBufferPointer(rebasing: plain[..<count]), nonce: AgeStream.nonce(number, isLast: isLast), into: room)
    number += 1
    count = 0
    try output(UnsafeRawBufferPointer(room))
  }
}
