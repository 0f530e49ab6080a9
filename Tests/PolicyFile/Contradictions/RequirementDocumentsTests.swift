import FoundationEssentials
import PolicyFile
import Testing

/// The two requirement documents as one policy: their contradictions are found, each with both places and a remedy.
@Suite struct RequirementDocumentsTests {
  /// One finding, by the lines of the documents that the two places of the policy stand for.
  struct Expected: CustomTestStringConvertible {
    let name: String
    let one: String
    let other: String
    var isCertain = false
    var testDescription: String { "\(name): \(one), \(other)" }
  }

  static let book = "deployment-runbook.md:"
  static let guide = "disaster-recovery.md:"

  static let expected: [Expected] = [
    // Taken back at three failures, people called at two, and no stated relation.
    Expected(name: "alert.before-rollback", one: guide + "141", other: guide + "100"),
    // Which page says how the API is; and which one of the web application, after a rollback.
    Expected(name: "probe.two-pages", one: book + "131", other: book + "113"),
    Expected(name: "command.other-page", one: book + "255", other: book + "146"),
    // The database answers within half a second in one, and is told of after a second in the other.
    Expected(name: "alert.gap", one: guide + "143", other: book + "279"),
    // Targets and alerts of processor and memory do not meet, one way and the other.
    Expected(name: "alert.gap", one: book + "295", other: book + "281"),
    Expected(name: "alert.both-good-and-bad", one: book + "294", other: book + "280"),
    // Hourly snapshots in one, daily ones in the other; how long they are kept.
    Expected(name: "layers.differ", one: book + "307", other: guide + "40"),
    Expected(name: "layers.differ", one: book + "310", other: guide + "254"),
    // A restore, or down migrations.
    Expected(name: "policy.laxer", one: guide + "116", other: book + "264", isCertain: true),
    // Sundays only, or windows approved beforehand.
    Expected(name: "policy.laxer", one: guide + "165", other: book + "363", isCertain: true),
    // The API is taken back before the web application that stands upon it.
    Expected(name: "rollback.order", one: book + "251", other: book + "248"),
    // An answer within a quarter of an hour, or at once.
    Expected(name: "layers.differ", one: book + "170", other: guide + "141"),
    // Ninety days do not satisfy the norm that is named.
    Expected(name: "retention.below-minimum", one: guide + "254", other: book + "382"),
  ]

  static let commands: [(name: String, line: String)] = [
    ("command.no-such", book + "65"), ("command.no-such", book + "267"), ("command.ignores-argument", book + "248"),
    ("command.ignores-argument", book + "251"), ("command.never-ends", book + "91"),
  ]

  static let folder = Samples.root + "/Tests/PolicyFile/Requirements/"

  static func found(_ file: String) -> PolicyProblems? {
    if case .failure(let problems) = PolicyFile.load(path: folder + file) { problems } else { nil }
  }

  /// What the comment behind a place says.
  static func source(_ place: Place?) throws -> String {
    let place = try #require(place)
    let lines = try Samples.text(place.file).split(separator: "\n", omittingEmptySubsequences: false)
    return lines[place.line - 1].split(separator: "#").last.map { $0.trimmingPrefix(" ") }.map(String.init) ?? ""
  }

  @Test(arguments: expected) func `a contradiction is found with both places and a remedy`(expected: Expected) throws {
    let problems = try #require(Self.found("both.yml"))
    let candidates = expected.isCertain ? problems.problems : problems.warnings
    let found = try candidates.first { problem in
      guard (problem.name ?? problem.code) == expected.name else { return false }
      return try [Self.source(problem.place), Self.source(problem.other)] == [expected.one, expected.other]
    }
    let finding = try #require(found, "\(problems.rendered())")
    #expect(finding.hint?.isEmpty == false)
    let told = problems.rendered()
    let place = try #require(finding.other)
    #expect(told.contains(finding.what) && told.contains("with \(place.file):\(place.line):\(place.column)"))
  }

  @Test(arguments: commands) func `a command that cannot do what it stands for is named`(name: String, line: String)
    throws
  {
    let problems = try #require(Self.found("both.yml"))
    let isFound = try problems.warnings.contains { warning in
      guard warning.name == name, warning.hint != nil else { return false }
      return try Self.source(warning.place) == line
    }
    #expect(isFound, "\(problems.rendered())")
  }

  @Test func `nothing else is held against the documents`() throws {
    let problems = try #require(Self.found("both.yml"))
    #expect(problems.problems.count == 2, "\(problems.rendered())")
    // The same two lines may contradict in several keys.
    #expect(problems.warnings.count == Self.expected.count - 2 + Self.commands.count + 1, "\(problems.rendered())")
  }

  /// Lines of the documents with a word that stands there.
  static let facts: [(line: String, word: String)] = [
    (book + "65", "--role=postgres"), (book + "91", "logs --follow"),
    (book + "113", "neonpro-api.vercel.app/api/health"),
    (book + "131", "neonpro-api.vercel.app/health"), (book + "146", "neonpro-web.vercel.app/api/health"),
    (book + "170", "15 minutes"), (book + "248", "rollback neonpro-api"), (book + "251", "rollback neonpro-web"),
    (book + "255", "neonpro-web.vercel.app/health"), (book + "264", "db restore"), (book + "267", "migrate:down"),
    (book + "279", "500ms"), (book + "280", "< 80%"), (book + "281", "< 70%"), (book + "294", "memory_usage > 70%"),
    (book + "295", "cpu_usage > 80%"), (book + "307", "Daily"), (book + "310", "30 days"), (book + "363", "Sunday"),
    (book + "382", "LGPD"), (guide + "40", "hourly"), (guide + "100", "3 consecutive"),
    (guide + "116", "Down Migrations"),
    (guide + "141", "2 consecutive"), (guide + "143", "> 1s"), (guide + "165", "pre-approved change windows"),
    (guide + "254", "90-day"),
  ]

  static let documents: String? = {
    let shared = ProcessInfo.processInfo.environment["GATEHOUSE_SHARED"] ?? Samples.root + "/../shared"
    let folder = shared + "/requirements/"
    guard FileManager.default.isReadableFile(atPath: folder + "deployment-runbook.md") else {
      print("NOT RUN: the requirement documents are not there; set GATEHOUSE_SHARED to compare their lines")
      return nil
    }
    return folder
  }()

  @Test(.enabled(if: documents != nil, "the requirement documents are not there"))
  func `the lines that are named say what the policies claim`() throws {
    let folder = try #require(Self.documents)
    for fact in Self.facts {
      let parts = fact.line.split(separator: ":")
      let lines = try Samples.text(folder + parts[0]).split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines[try #require(Int(parts[1])) - 1].contains(fact.word), "\(fact.line)")
    }
  }
}
