import Glibc

/// A program that runs beside a test and is killed when the last reference goes.
///
/// It must print one line when it is ready. Its standard input is a pipe that closes when the tests end, however they
/// end: a program that stops then is never left behind.
package final class BackgroundProgram: Sendable {
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  /// The line that it printed when it was ready.
  package let firstLine: String
  package let process: pid_t
  private let input: Int32
  private let output: Int32

  /// Searches the program in `PATH`; the environment is the tests' own with the given variables.
  package init(_ arguments: [String], environment: [String: String] = [:]) throws {
    var toChild: [Int32] = [0, 0]
    var fromChild: [Int32] = [0, 0]
    guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else {
      throw Failure(description: "no pipe: \(String(cString: strerror(errno)))")
    }
    for end in toChild + fromChild { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer {
      close(toChild[0])
      close(fromChild[1])
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
    posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
    var words = arguments.map { strdup($0) } + [nil]
    defer { words.forEach { free($0) } }
    var variables = BackgroundProgram.inherited(except: environment).map { strdup($0) }
    variables += environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { variables.forEach { free($0) } }
    var process: pid_t = 0
    let code = posix_spawnp(&process, arguments.first ?? "", &actions, nil, &words, &variables)
    guard code == 0 else {
      close(toChild[1])
      close(fromChild[0])
      throw Failure(description: "\(arguments.first ?? "") did not start: \(String(cString: strerror(code)))")
    }
    self.process = process
    input = toChild[1]
    output = fromChild[0]
    firstLine = BackgroundProgram.line(from: fromChild[0], seconds: 20)
    guard !firstLine.isEmpty else { throw Failure(description: "\(arguments) was not ready in time or ended") }
  }

  deinit {
    kill(process, SIGKILL)
    var status: Int32 = 0
    waitpid(process, &status, 0)
    close(input)
    close(output)
  }

  /// Starts a Python program of the folder `Programs` beside this file; it prints its port.
  package static func python(_ name: String, _ arguments: [String] = []) throws -> (
    program: BackgroundProgram, port: Int
  ) {
    let program = try BackgroundProgram([interpreter, programs + "/" + name] + arguments)
    guard let port = Int(program.firstLine) else {
      throw Failure(description: "\(name) printed '\(program.firstLine)' instead of its port")
    }
    return (program, port)
  }

  /// The Python that `ci/prepare test` has given what the programs import, or else the one in `PATH`.
  package static let interpreter: String = {
    let root = #filePath.split(separator: "/").dropLast(3).reduce(into: "") { $0 += "/" + $1 }
    let prepared = root + "/.build/validators/bin/python3"
    return access(prepared, X_OK) == 0 ? prepared : "python3"
  }()

  /// The folder of the programs.
  package static var programs: String {
    #filePath.split(separator: "/").dropLast().reduce(into: "") { $0 += "/" + $1 } + "/Programs"
  }

  private static func inherited(except replaced: [String: String]) -> [String] {
    var lines: [String] = []
    var entry = environ
    while let text = entry.pointee {
      let line = String(cString: text)
      if let name = line.split(separator: "=").first, replaced[String(name)] == nil { lines.append(line) }
      entry += 1
    }
    return lines
  }

  private static func line(from descriptor: Int32, seconds: Int32) -> String {
    var bytes: [UInt8] = []
    while true {
      var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      var byte: UInt8 = 0
      guard poll(&entry, 1, seconds * 1000) > 0, read(descriptor, &byte, 1) == 1 else { return "" }
      if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
      bytes.append(byte)
    }
  }
}
