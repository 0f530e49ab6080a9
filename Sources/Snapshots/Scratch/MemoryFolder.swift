import Glibc

/// A folder that is no disk, for what must not lie on one.
package enum MemoryFolder {
  package static let standard: @Sendable (Int64) -> String? = { fitting($0) }
  private static let path = "/dev/shm"
  /// Left to everybody else on the machine.
  private static let reserve: Int64 = 512 << 20

  /// The folder, when that many bytes fit into it and into the memory that is free; else `nil`.
  static func fitting(_ bytes: Int64) -> String? {
    let isInMemory = text("/proc/self/mounts").split(separator: "\n").contains { line in
      let words = line.split(separator: " ")
      return words.count > 2 && words[1] == path && words[2] == "tmpfs"
    }
    var facts = statvfs()
    guard isInMemory, statvfs(path, &facts) == 0, access(path, W_OK) == 0 else { return nil }
    let free = UInt64(facts.f_bavail).multipliedReportingOverflow(by: UInt64(facts.f_frsize)).partialValue
    guard Int64(clamping: free) >= bytes, let available = availableMemory(), available - reserve >= bytes else {
      return nil
    }
    return path
  }

  /// What may still be used without swapping: of the machine, and of the group of processes that we are in.
  private static func availableMemory() -> Int64? {
    let fields = text("/proc/meminfo").split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }?.split(
      separator: " ")
    guard let kilobytes = fields?.dropFirst().first.flatMap({ Int64($0) }) else { return nil }
    let machine = kilobytes << 10
    // Files in memory count for the group. `max` is no number and no limit; without the files there is none either.
    guard let limit = Int64(text("/sys/fs/cgroup/memory.max").prefix { $0 != "\n" }),
      let used = Int64(text("/sys/fs/cgroup/memory.current").prefix { $0 != "\n" })
    else { return machine }
    return min(machine, limit - used)
  }

  /// The beginning of a file of the kernel's; empty when it is not there.
  private static func text(_ path: String) -> String {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return "" }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 64 << 10)
    var count = 0
    while count < bytes.count {
      let more = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress?.advanced(by: count), $0.count - count) }
      guard more > 0 else { break }
      count += more
    }
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }
}
