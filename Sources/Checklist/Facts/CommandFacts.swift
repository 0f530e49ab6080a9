import Core
import Glibc
import Processes

/// How a command of the team ended. Nothing of what it said: its output is data (law L9).
package struct CommandFacts: Hashable, Sendable {
  package var ending: Finished.Ending
  package var duration: Duration
  /// Of both outputs.
  package var bytes: Int
  /// Where the output was kept, relative to the policy.
  package var file: String?
  package var fileIsWhole: Bool

  package init(
    ending: Finished.Ending, duration: Duration, bytes: Int, file: String? = nil, fileIsWhole: Bool = true
  ) {
    self.ending = ending
    self.duration = duration
    self.bytes = bytes
    self.file = file
    self.fileIsWhole = fileIsWhole
  }
}

/// Runs the commands of `command` lines, their output kept in a file that only its owner reads.
package struct TeamCommands: Sendable {
  private let processes: any ProcessRunner
  private let environment: [String: String]
  private let folder: String
  private let outputFolder: String

  /// - Parameters:
  ///   - environment: already without the policy's secrets; see `CleanEnvironment`.
  ///   - folder: the policy's.
  ///   - outputFolder: relative to it, such as `.gatehouse/output/‹run›`; made with mode 0700 when needed.
  package init(
    processes: any ProcessRunner, environment: [String: String], folder: String, outputFolder: String
  ) {
    self.processes = processes
    self.environment = environment
    self.folder = folder
    self.outputFolder = outputFolder
  }

  package func run(
    _ command: String, number: Int, of item: ChecklistItem, timeout: Duration
  ) async -> Result<CommandFacts, Problem> {
    do throws(Problem) {
      try makeOutputFolder()
      let file = "\(outputFolder)/\(TeamCommands.fileName(item.id))-\(number).log"
      let finished = try await processes.run(
        .shell(
          command, environment: environment, folder: folder, timeout: timeout, outputFile: folder + "/" + file,
          captureLimit: 0))
      return .success(
        CommandFacts(
          ending: finished.ending, duration: finished.duration,
          bytes: finished.outputBytes + finished.errorOutputBytes, file: file, fileIsWhole: finished.outputFileIsWhole))
    } catch {
      return .failure(error)
    }
  }

  /// An id may hold anything that a policy allows; a file name may not.
  private static func fileName(_ id: CheckID) -> String {
    let safe = id.text.unicodeScalars.prefix(80).map { scalar in
      scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == "-")
        ? Character(scalar) : "_"
    }
    return safe.isEmpty ? "_" : String(safe)
  }

  private func makeOutputFolder() throws(Problem) {
    func failed(_ code: Int32) -> Problem {
      Problem(
        "check.output-folder", "cannot make the folder for the output of commands", place: outputFolder,
        why: String(cString: strerror(code)))
    }
    var path = folder
    for (depth, part) in outputFolder.split(separator: "/").enumerated() {
      path += "/" + part
      if mkdir(path, 0o700) != 0, errno != EEXIST { throw failed(errno) }
      if depth == 0 { try ignoreForGit(path, failed) }
    }
  }

  /// Kept output must not make the working tree dirty for the next run.
  private func ignoreForGit(_ path: String, _ failed: (Int32) -> Problem) throws(Problem) {
    let descriptor = open(path + "/.gitignore", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      if errno == EEXIST { return }
      throw failed(errno)
    }
    defer { close(descriptor) }
    guard write(descriptor, "*\n", 2) == 2 else { throw failed(errno) }
  }
}
