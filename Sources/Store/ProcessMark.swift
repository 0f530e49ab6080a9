import Core
import Glibc

extension LeaseHolder {
  /// This process, acting for a run.
  package static func thisProcess(for run: RunID) -> LeaseHolder {
    var name = [CChar](repeating: 0, count: 256)
    let isNamed = gethostname(&name, name.count - 1) == 0
    let host = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return LeaseHolder(
      run: run, host: isNamed && !host.isEmpty ? host : "this machine",
      process: ProcessMark.current()?.description ?? String(getpid()))
  }

  /// Whether the holder's process has surely ended, as after `kill -9` or a power cut of a container: then nobody
  /// need wait for its lease to lapse. `false` whenever that cannot be known.
  package var hasEnded: Bool { ProcessMark(process)?.isGone ?? false }
}

/// Which process, so exactly that its end can be known: number, start, boot, and namespace of process numbers.
package struct ProcessMark: Hashable, Sendable, CustomStringConvertible {
  package let number: Int32
  /// In the kernel's ticks since boot.
  package let started: String
  package let boot: String
  package let namespace: String

  /// This process, or `nil` where `/proc` does not tell.
  package static func current() -> ProcessMark? {
    let number = getpid()
    guard let started = startTime(of: number), let boot = bootMark(), let namespace = namespaceMark() else {
      return nil
    }
    return ProcessMark(number: number, started: started, boot: boot, namespace: namespace)
  }

  package var description: String { "\(number) \(started) \(boot) \(namespace)" }

  private init(number: Int32, started: String, boot: String, namespace: String) {
    self.number = number
    self.started = started
    self.boot = boot
    self.namespace = namespace
  }

  /// Reads ``description``.
  package init?(_ text: String) {
    let parts = text.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 4, let number = Int32(parts[0]), number > 0 else { return nil }
    self.init(
      number: number, started: String(parts[1]), boot: String(parts[2]), namespace: String(parts[3]))
  }

  /// Whether the process has surely ended. `false` whenever that cannot be known, as for one of another machine.
  package var isGone: Bool {
    guard boot == Self.bootMark(), namespace == Self.namespaceMark() else { return false }
    return kill(number, 0) != 0 && errno == ESRCH || Self.startTime(of: number).map { $0 != started } ?? false
  }

  /// The 22nd field of `/proc/[pid]/stat` (proc(5)); the second, the program's name, may hold blanks and brackets.
  private static func startTime(of number: Int32) -> String? {
    guard let text = contents("/proc/\(number)/stat"), let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[end...].split(separator: " ")
    return fields.count > 20 ? String(fields[20]) : nil
  }

  private static func bootMark() -> String? {
    contents("/proc/sys/kernel/random/boot_id").map { $0.filter { !$0.isWhitespace } }
  }

  private static func namespaceMark() -> String? {
    var buffer = [UInt8](repeating: 0, count: 128)
    let count = readlink("/proc/self/ns/pid", &buffer, buffer.count)
    guard count > 0 else { return nil }
    return String(decoding: buffer.prefix(count), as: UTF8.self)
  }

  private static func contents(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = read(descriptor, &buffer, buffer.count)
    return count > 0 ? String(decoding: buffer.prefix(count), as: UTF8.self) : nil
  }
}
