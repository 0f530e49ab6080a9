import OpenSSL

/// Decrypts an age file that comes in pieces. Used by one task at a time.
///
/// What was handed out is authentic, but it is all of the file only when ``finish(output:)`` has returned.
/// Memory: the header, then two parts of 64 KiB.
package final class AgeDecryptor {
  package enum Opening: Sendable {
    case identities([AgeIdentity])
    /// Of whoever wrote the file.
    case fileKey(AgeFileKey)
  }

  private let opening: Opening
  /// The header and the payload's nonce as far as they have come; empty afterwards.
  private var head: [UInt8] = []
  private var box: SealedBox?
  private var number: UInt64 = 0
  /// The part that is being filled. It is opened when more comes, because the last one is sealed otherwise.
  private let sealed = UnsafeMutableRawBufferPointer.allocate(
    byteCount: AgeStream.part + SealedBox.tagLength, alignment: 16)
  private var count = 0
  private let plain = UnsafeMutableRawBufferPointer.allocate(byteCount: AgeStream.part, alignment: 16)

  package init(_ opening: Opening) { self.opening = opening }

  deinit {
    sealed.deallocate()
    plain.deallocate()
  }

  /// Takes more bytes; throws ``AgeError`` or what `output` throws, whose pointer is valid until it returns. After an error
  /// nothing more may be added.
  package func add(_ bytes: UnsafeRawBufferPointer, output: (UnsafeRawBufferPointer) throws -> Void) throws {
    var rest = bytes
    if box == nil {
      // Piece by piece, so that a header's end is looked for in no more than its limit.
      let taken = rest.prefix(AgeHeader.limit)
      head.append(contentsOf: taken)
      rest = UnsafeRawBufferPointer(rebasing: rest[taken.endIndex...])
      guard try begin() else {
        guard rest.isEmpty else { throw AgeError.malformedHeader("it has no end") }
        return
      }
      let early = head
      head = []
      try early.withUnsafeBytes { try fill($0, output) }
    }
    try fill(rest, output)
  }

  /// Opens the last part. To be called once, last.
  package func finish(output: (UnsafeRawBufferPointer) throws -> Void) throws {
    guard box != nil else { throw head.isEmpty ? AgeError.notAge : AgeError.truncated }
    let isWhole = open(isLast: true)
    guard isWhole else { throw count < SealedBox.tagLength || open(isLast: false) ? AgeError.truncated : .damaged }
    // An empty last part after others would be a second form of the same file.
    let length = count - SealedBox.tagLength
    guard length > 0 || number == 0 else { throw AgeError.damaged }
    try output(UnsafeRawBufferPointer(rebasing: plain[..<length]))
  }

  /// Reads the header when all of it is there, and leaves what follows it in `head`.
  private func begin() throws(AgeError) -> Bool {
    guard let length = try AgeHeader.length(head), head.count >= length + AgeStream.nonceLength else { return false }
    let header = try AgeHeader(parsing: Array(head[..<length]))
    let key: AgeFileKey
    switch opening {
    case .identities(let identities): key = try header.open(identities)
    case .fileKey(let known): key = known
    }
    try header.check(key)
    let payload = length + AgeStream.nonceLength
    box = try SealedBox.ofAge(key: key.payloadKey(Array(head[length..<payload])), sealing: false)
    head = Array(head[payload...])
    return true
  }

  private func fill(_ bytes: UnsafeRawBufferPointer, _ output: (UnsafeRawBufferPointer) throws -> Void) throws {
    var rest = bytes
    while !rest.isEmpty {
      if count == sealed.count {
        guard open(isLast: false) else { throw open(isLast: true) ? AgeError.trailingBytes : .damaged }
        number += 1
        count = 0
        try output(UnsafeRawBufferPointer(plain))
      }
      let taken = rest.prefix(sealed.count - count)
      UnsafeMutableRawBufferPointer(rebasing: sealed[count..<count + taken.count])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: taken))
      count += taken.count
      rest = UnsafeRawBufferPointer(rebasing: rest[taken.endIndex...])
    }
  }

  private func open(isLast: Bool) -> Bool {
    guard count >= SealedBox.tagLength, let box else { return false }
    return box.open(
      UnsafeRawBufferPointer(rebasing: sealed[..<count]), nonce: AgeStream.nonce(number, isLast: isLast),
      into: UnsafeMutableRawBufferPointer(rebasing: plain[..<(count - SealedBox.tagLength)]))
  }
}
