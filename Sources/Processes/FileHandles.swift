internal import CSpawn
import Core
import Glibc

/// One open file descriptor, closed when it goes.
struct OwnedDescriptor: ~Copyable {
  let number: Int32
  init(taking number: Int32) { self.number = number }
  deinit { close(number) }

  consuming func release() -> Int32 {
    let number = number
    discard self
    return number
  }
}

/// The two ends of a pipe; neither is inherited by programs started meanwhile.
struct Pipe: ~Copyable {
  var readEnd: OwnedDescriptor
  var writeEnd: OwnedDescriptor

  init() throws(Problem) {
    var ends: [Int32] = [-1, -1]
    guard pipe2(&ends, O_CLOEXEC) == 0 else { throw systemProblem("make a pipe", errno) }
    let readEnd = try OwnedDescriptor.aboveStandard(taking: ends[0])
    let writeEnd = try OwnedDescriptor.aboveStandard(taking: ends[1])
    self.readEnd = readEnd
    self.writeEnd = writeEnd
  }
}

extension OwnedDescriptor {
  /// Owns the file under a number of 3 or more, so that setting up 0, 1 and 2 of a child cannot overwrite it.
  static func aboveStandard(taking number: Int32) throws(Problem) -> OwnedDescriptor {
    guard number < 3 else { return OwnedDescriptor(taking: number) }
    defer { close(number) }
    return OwnedDescriptor(taking: try copyDescriptor(number))
  }
}

/// A second number for the same file, 3 or more.
func copyDescriptor(_ number: Int32) throws(Problem) -> Int32 {
  let copy = fcntl(number, F_DUPFD_CLOEXEC, 3)
  guard copy >= 0 else { throw systemProblem("copy a file descriptor", errno) }
  return copy
}

/// A `Problem` of the machine itself, with the system's words.
func systemProblem(_ what: String, _ code: Int32, place: String? = nil) -> Problem {
  Problem(
    "process.system", "cannot \(what)", place: place, why: String(cString: strerror(code)),
    remedy: code == EMFILE || code == ENFILE ? "raise the limit of open files (ulimit -n)" : nil)
}
