/// Bytes in memory of a fixed address, so that they may be lent to something that waits. Used by one task at a time.
final class GrowingBytes {
  private var room: UnsafeMutableRawBufferPointer
  private(set) var count = 0

  init(_ bytes: [UInt8] = []) {
    room = .allocate(byteCount: max(64 << 10, bytes.count), alignment: 16)
    bytes.withUnsafeBytes { append($0) }
  }

  deinit { room.deallocate() }

  /// Valid until something is appended, or all is removed.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: room[..<count]) }

  func append(_ more: UnsafeRawBufferPointer) {
    if count + more.count > room.count {
      let larger = UnsafeMutableRawBufferPointer.allocate(
        byteCount: max(2 * room.count, count + more.count), alignment: 16)
      larger.copyMemory(from: bytes)
      room.deallocate()
      room = larger
    }
    UnsafeMutableRawBufferPointer(rebasing: room[count..<count + more.count]).copyMemory(from: more)
    count += more.count
  }

  /// Forgets the bytes and keeps the room.
  func removeAll() { count = 0 }
}
