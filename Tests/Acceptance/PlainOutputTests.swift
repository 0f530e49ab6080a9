import Core
import TestSupport
import Testing

/// Colour and signs are for terminals that show them; every word is there without.
@Suite struct PlainOutputTests {
  private static let workplace = Task {
    try await Workplace(
      policy: """
        checklist:
          - { id: good, check: command, run: "true" }
          - { id: bad, check: command, run: "false" }
          - { id: minor, check: command, run: "false", severity: warning }
          - { id: tests, check: tests, reports: ["reports/*.xml"], examined: ">= 3 tests" }
          - { id: coverage, check: coverage, reports: ["kept/lcov.info"], lines: ">= 90%" }
        retention: { ledger: 5y }

        """, files: ["broken.yml": "apiVersion: gatehouse/v1\nname: clinic\nchecklists: []\n"])
  }

  private static let verbs: [[String]] = [
    ["check"], ["status"], ["explain"], ["policy", "validate"], ["policy", "validate", "broken.yml"],
    ["policy", "show"],
    ["snapshot", "list"], ["check", "--nonsense"], ["--help"],
  ]

  @Test(arguments: verbs)
  func `what goes to no terminal has no escape codes`(arguments: [String]) async throws {
    let answer = try await Self.workplace.value.gatehouse(arguments, ["TERM": "xterm-256color"])
    #expect(!(answer.output + answer.talk).contains("\u{1B}"))
  }

  /// Runs it under a terminal that is not there.
  private func onTerminal(_ arguments: String, _ environment: [String: String]) async throws -> String {
    let program = try BuiltProgram.path("gatehouse")
    return try await Self.workplace.value.shell(
      "script -qec \"'\(program)' \(arguments)\" /dev/null </dev/null",
      ["TERM": "xterm-256color"].merging(environment) { $1 }
    ).output
  }

  @Test func `a terminal gets colour`() async throws {
    let shown = try await onTerminal("check", [:])
    #expect(shown.contains("\u{1B}[32m✓") && shown.contains("\u{1B}[31m✗"), "\(shown)")
  }

  @Test func `what goes to a file has no escape codes though the other stream is a terminal`() async throws {
    let workplace = try await Self.workplace.value
    let folder = try TemporaryFolder()
    _ = try await onTerminal("policy validate broken.yml 2> \(folder.path)/talk", [:])
    let talk = try await workplace.shell("cat \(folder.path)/talk").output
    #expect(talk.contains("broken.yml:3") && !talk.contains("\u{1B}"), "\(talk)")
    #expect(try await onTerminal("policy validate broken.yml > /dev/null", [:]).contains("\u{1B}"))
  }

  @Test(arguments: [["NO_COLOR": "1"], ["TERM": "dumb"], ["GATEHOUSE_PLAIN": "1"]])
  func `a terminal gets no escape code when colour is not wanted`(environment: [String: String]) async throws {
    for verb in ["check", "policy validate broken.yml", "explain"] {
      let shown = try await onTerminal(verb, environment)
      #expect(!shown.isEmpty && !shown.contains("\u{1B}"), "\(verb): \(shown)")
    }
  }

  @Test(arguments: [["GATEHOUSE_PLAIN": "1"], ["LANG": "C"], ["LC_ALL": "POSIX"]], verbs)
  func `plain output is words in ASCII`(environment: [String: String], arguments: [String]) async throws {
    let answer = try await Self.workplace.value.gatehouse(arguments, environment)
    let odd = (answer.output + answer.talk).filter { !$0.isASCII }
    #expect(odd.isEmpty, "\(odd) in \(answer.output)\(answer.talk)")
  }

  @Test func `plain marks say what the signs say`() async throws {
    let shown = try await Self.workplace.value.gatehouse(["check"], ["GATEHOUSE_PLAIN": "1"]).output
    for line in ["pass    good", "FAIL    bad", "warning minor", "unknown tests", "unknown retention"] {
      #expect(shown.contains(line), "\(shown)")
    }
    #expect(shown.contains("clinic to production") && shown.contains("refused: 1 failed"))
  }
}
