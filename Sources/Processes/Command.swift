import Core

/// A program to run: everything it gets is said here, nothing is inherited.
package struct Command: Sendable {
  /// The program and its arguments. A name without `/` is searched in `PATH` of ``environment``; one with `/` is
  /// relative to ``folder``. Arguments can be read by everybody on the machine: never a secret among them.
  package var arguments: [String]
  /// The whole environment of the program.
  package var environment: [String: String]
  /// The folder it starts in.
  package var folder: String
  /// From the start to the first signal; then SIGTERM to the whole process group, and SIGKILL after ``killAfter``.
  package var timeout: Duration
  package var killAfter: Duration = .seconds(2)
  /// What it reads; `nil` is an empty standard input.
  package var input: [UInt8]?
  /// What it reads instead, as it is written while the program runs. For one start only.
  package var feed: ProgramFeed?
  /// A file that gets both outputs as well, made anew with mode 0600; its folder must be there.
  package var outputFile: String?
  /// Most bytes written to ``outputFile``; the rest is dropped and said in ``Finished/outputFileIsWhole``.
  package var outputFileLimit = 64 << 20
  /// Most bytes kept of each output in memory: its last ones.
  package var captureLimit = 1 << 20
  /// Whether what the program left running in its process group is killed when it has ended.
  package var endsGroup = true

  package init(
    _ arguments: [String], environment: [String: String], folder: String, timeout: Duration,
    input: [UInt8]? = nil, outputFile: String? = nil, captureLimit: Int = 1 << 20
  ) {
    self.arguments = arguments
    self.environment = environment
    self.folder = folder
    self.timeout = timeout
    self.input = input
    self.outputFile = outputFile
    self.captureLimit = captureLimit
  }

  /// One `sh -c` command, as policies write them.
  package static func shell(
    _ text: String, environment: [String: String], folder: String, timeout: Duration, outputFile: String? = nil,
    captureLimit: Int = 1 << 20
  ) -> Command {
    Command(
      ["sh", "-c", text], environment: environment, folder: folder, timeout: timeout, outputFile: outputFile,
      captureLimit: captureLimit)
  }

  /// How messages name the command: the program alone, because arguments may hold what nobody should read.
  package var name: String {
    let program = arguments.first ?? ""
    return program.split(separator: "/").last.map(String.init) ?? program
  }
}

/// How a program ended, and what it said.
///
/// The outputs are data: they are for reading by the program that ran it, never for a message.
package struct Finished: Sendable {
  package enum Ending: Hashable, Sendable {
    case exited(Int32)
    /// Ended by a signal that we did not send.
    case signalled(Int32)
    /// It took longer than its time and was ended with all its children.
    case timedOut
  }

  package var ending: Ending
  /// The last bytes of standard output; empty when it was streamed.
  package var output: [UInt8]
  package var errorOutput: [UInt8]
  /// All bytes it wrote to standard output.
  package var outputBytes: Int
  package var errorOutputBytes: Int
  package var duration: Duration
  /// `false` when ``Command/outputFile`` was full or could not be written to its end.
  package var outputFileIsWhole: Bool

  package init(
    ending: Ending, output: [UInt8] = [], errorOutput: [UInt8] = [], outputBytes: Int? = nil,
    errorOutputBytes: Int? = nil, duration: Duration = .zero, outputFileIsWhole: Bool = true
  ) {
    self.ending = ending
    self.output = output
    self.errorOutput = errorOutput
    self.outputBytes = outputBytes ?? output.count
    self.errorOutputBytes = errorOutputBytes ?? errorOutput.count
    self.duration = duration
    self.outputFileIsWhole = outputFileIsWhole
  }

  package var succeeded: Bool { ending == .exited(0) }
  /// Whether ``output`` lacks its beginning.
  package var outputWasCut: Bool { outputBytes > output.count }
  package var errorOutputWasCut: Bool { errorOutputBytes > errorOutput.count }
}

extension Finished.Ending: CustomStringConvertible {
  /// `exited 2`, `ended by signal 9`, `did not end in time`.
  package var description: String {
    switch self {
    case .exited(let code): "exited \(code)"
    case .signalled(let number): "ended by signal \(number)"
    case .timedOut: "did not end in time"
    }
  }
}
