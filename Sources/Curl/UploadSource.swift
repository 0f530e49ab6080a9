import Glibc

/// What a transfer sends, read in pieces; can be read again from any place, because libcurl repeats a request when a
/// kept connection turns out to be dead.
enum UploadSource {
  case none
  case memory([UInt8], at: Int)
  case file(descriptor: Int32, size: Int, at: Int)

  static func opening(_ path: String, size: Int) throws(TransferFailure) -> UploadSource {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw TransferFailure(.source("\(path): \(String(cString: strerror(errno)))")) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, Int(status.st_size) == size else {
      Glibc.close(descriptor)
      throw TransferFailure(.source("\(path) is not \(size) bytes long any more"))
    }
    return .file(descriptor: descriptor, size: size, at: 0)
  }

  /// Fills the buffer; 0 at the end, `nil` when the file cannot be read or has become shorter.
  mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
    switch self {
    case .none: return 0
    case .memory(let bytes, let start):
      let count = min(buffer.count, bytes.count - start)
      bytes.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<(start + count)])) }
      self = .memory(bytes, at: start + count)
      return count
    case .file(let descriptor, let size, let start):
      let wanted = min(buffer.count, size - start)
      guard wanted > 0 else { return 0 }
      let count = pread(descriptor, buffer.baseAddress, wanted, start)
      guard count > 0 else { return nil }
      self = .file(descriptor: descriptor, size: size, at: start + count)
      return count
    }
  }

  mutating func seek(to place: Int) -> Bool {
    switch self {
    case .none: return false
    case .memory(let bytes, _):
      guard (0...bytes.count).contains(place) else { return false }
      self = .memory(bytes, at: place)
    case .file(let descriptor, let size, _):
      guard (0...size).contains(place) else { return false }
      self = .file(descriptor: descriptor, size: size, at: place)
    }
    return true
  }

  func close() {
    if case .file(let descriptor, _, _) = self { Glibc.close(descriptor) }
  }
}
