import Core
import Dispatch
import FoundationEssentials
import Glibc
import Synchronization

/// A shell that starts a scratch server, tells when it is ready, and destroys it when its standard input ends.
///
/// The kernel closes our end of that pipe however we die, SIGKILL included, so the server never outlives us. (A parent-death
/// signal would not do: it is sent when the *thread* that spawned ends, and threads of a pool come and go.)
final class Supervisor: Sendable {
  private let process: pid_t
  /// The write end of the shell's standard input; `nil` once closed.
  private let leash: Mutex<Int32?>
  private let answers: Int32

  /// Starts the shell with the lock as descriptor 3, in a session of its own, with no other descriptor of ours.
  init(script: String, arguments: [String], lock: Int32) throws(Problem) {
    var input: [Int32] = [-1, -1]
    var output: [Int32] = [-1, -1]
    // Socket pairs, because `pipe2` is hidden behind _GNU_SOURCE and a plain pipe could leak into another child.
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &input) == 0, socketpair(AF_UNIX, kind, 0, &output) == 0 else {
      throw Supervisor.failure(String(cString: strerror(errno)))
    }
    defer {
      close(input[0])
      close(output[1])
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input[0], 0)
    posix_spawn_file_actions_adddup2(&actions, output[1], 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, lock, 3)
    for descriptor in Supervisor.inheritableDescriptors() {
      posix_spawn_file_actions_addclose(&actions, descriptor)
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    // POSIX_SPAWN_SETSID is hidden behind _GNU_SOURCE; 0x80 since glibc 2.26 (spawn.h).
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | 0x80))

    let path = getenv("PATH").map { String(cString: $0) } ?? ""
    let words = Supervisor.copies(["/bin/sh", "-c", script, "gatehouse-scratch"] + arguments)
    let environment = Supervisor.copies(["PATH=\(path):/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL=C"])
    defer { for text in words + environment { free(text) } }
    var pid: pid_t = 0
    let code = posix_spawn(&pid, "/bin/sh", &actions, &attributes, words, environment)
    guard code == 0 else {
      close(input[1])
      close(output[0])
      throw Supervisor.failure(String(cString: strerror(code)))
    }
    process = pid
    leash = Mutex(input[1])
    answers = output[0]
  }

  deinit {
    letGo()
    close(answers)
    // Reaps the shell when it is done, so that it is no zombie of a long-lived process of ours.
    let process = self.process
    DispatchQueue(label: "gatehouse.scratch").async { _ = Supervisor.wait(for: process) }
  }

  /// C strings, the last of them a null pointer.
  private static func copies(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] { texts.map { strdup($0) } + [nil] }

  /// What a child would get without being meant to; a library may have opened it so.
  private static func inheritableDescriptors() -> [Int32] {
    // Without /proc nothing is closed, which costs descriptors but breaks nothing.
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    return names.compactMap { Int32($0) }.filter { descriptor in
      let flags = fcntl(descriptor, F_GETFD)
      return descriptor > 3 && flags >= 0 && flags & FD_CLOEXEC == 0
    }
  }

  private static func failure(_ why: String) -> Problem {
    Problem("snapshot.scratch-start", "a scratch server could not be started", why: why)
  }

  /// The shell's next line; `nil` when it has ended. Read on a queue of its own: the shared ones start no new thread at once
  /// while others of theirs are blocked.
  func nextAnswer() async -> String? {
    await withCheckedContinuation { continuation in
      DispatchQueue(label: "gatehouse.scratch").async { [answers] in
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while true {
          let count = read(answers, &byte, 1)
          if count < 0, errno == EINTR { continue }
          guard count == 1 else { return continuation.resume(returning: nil) }
          if byte == 0x0a { return continuation.resume(returning: String(decoding: line, as: UTF8.self)) }
          if line.count < 4096 { line.append(byte) }
        }
      }
    }
  }

  /// Lets the shell destroy the server and waits until it has.
  func end() async {
    letGo()
    while await nextAnswer() != nil {}
  }

  private func letGo() {
    leash.withLock { descriptor in
      if let open = descriptor { close(open) }
      descriptor = nil
    }
  }

  private static func wait(for process: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return status
  }
}
