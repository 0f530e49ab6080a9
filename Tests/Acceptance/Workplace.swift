import Core
import JSONText
import Processes
import TestSupport

/// A team's repository on a machine of its own, with the built program in it.
struct Workplace: Sendable {
  let git: GitFolder

  var path: String { git.path }

  /// - Parameter files: committed with the policy; `reports/`, `snapshots/` and `kept/` are ignored by Git.
  init(policy: String, files: [String: String] = [:]) async throws {
    git = try await GitFolder(empty: true)
    var all = files
    all["gatehouse.yml"] = "apiVersion: gatehouse/v1\nname: clinic\n" + policy
    all[".gitignore"] = "reports/\nsnapshots/\nkept/\n"
    try await git.commit(all, "Add the consent screen")
  }

  /// Runs the program as a person would type it.
  func gatehouse(_ arguments: [String], _ environment: [String: String] = [:]) async throws -> Invocation {
    try await run([try BuiltProgram.path("gatehouse")] + arguments, environment)
  }

  func gatehouse(_ arguments: String...) async throws -> Invocation { try await gatehouse(arguments) }

  /// The answer for machines.
  func asked(_ arguments: String..., with environment: [String: String] = [:]) async throws -> JSON {
    try await gatehouse(arguments + ["--format", "json"], environment).document()
  }

  /// Runs a `sh -c` command in which `gatehouse` is the built program.
  @discardableResult
  func shell(_ text: String, _ environment: [String: String] = [:]) async throws -> Invocation {
    let program = try BuiltProgram.path("gatehouse")
    return try await run(["sh", "-c", "gatehouse() { '\(program)' \"$@\"; }; " + text], environment)
  }

  private func run(_ words: [String], _ environment: [String: String]) async throws -> Invocation {
    let finished = try await SystemProcessRunner().run(
      Command(
        words, environment: BuiltProgram.environment(environment), folder: path, timeout: .seconds(60)))
    guard case .exited(let exit) = finished.ending else {
      throw Problem("test.program", "\(words) did not end by itself", why: "\(finished.ending)")
    }
    return Invocation(
      exit: exit, output: String(decoding: finished.output, as: UTF8.self),
      talk: String(decoding: finished.errorOutput, as: UTF8.self))
  }

  func write(_ text: String, to name: String) throws { try git.write(text, to: name) }
}

/// What one invocation gave.
struct Invocation: Sendable {
  let exit: Int32
  let output: String
  /// Standard error.
  let talk: String

  /// Standard output as the one JSON document that it must be.
  func document() throws -> JSON { try JSON(parsing: output) }
}

extension JSON {
  /// The line of the checklist with that id, in the document of `gatehouse check`.
  func line(_ id: String) -> JSON? { self["checks"]?.array?.first { $0["id"]?.string == id } }

  /// Everything a person reads of a line, in one text.
  var told: String {
    ([self["reason"]?.string, self["remedy"]?.string] + (self["details"]?.array ?? []).map(\.string))
      .compactMap { $0 }.joined(separator: "\n")
  }
}

/// Reports as the tools of a team write them.
enum TeamReports {
  static let tests = """
    <testsuite name="clinic" tests="3"><testcase classname="a" name="one"/><testcase classname="a" name="two"/>
    <testcase classname="a" name="three"/></testsuite>

    """
  static let moreTests = """
    <testsuite name="schedule" tests="2"><testcase classname="b" name="four"/><testcase classname="b" name="five"/></testsuite>

    """
  static let failing = """
    <testsuite name="billing" tests="2" failures="1"><testcase classname="c" name="six"/>
    <testcase classname="c" name="seven"><failure message="no"/></testcase></testsuite>

    """
  static let coverage = "SF:apps/api/index.js\nDA:1,1\nDA:2,1\nDA:3,1\nDA:4,0\nend_of_record\n"
  static let scan = #"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"scan","rules":[]}},"results":[]}]}"# + "\n"
}
