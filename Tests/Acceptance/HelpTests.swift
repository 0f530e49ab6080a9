import Core
import JSONText
import TestSupport
import Testing

/// Every verb explains itself, with an example that works as it stands.
@Suite struct HelpTests {
  /// Every command that help shows, from the program down.
  private func verbs(_ workplace: Workplace, below words: [String] = []) async throws -> [(
    words: [String], help: String
  )] {
    let help = try await workplace.gatehouse(words + ["--help"])
    #expect(help.exit == 0 && help.talk.isEmpty, "\(words)")
    var found = [(words: words, help: help.output)]
    let lines = help.output.split(separator: "\n", omittingEmptySubsequences: false)
    guard let start = lines.firstIndex(of: "SUBCOMMANDS:") else { return found }
    for line in lines[(start + 1)...] {
      guard line.hasPrefix("  "), let name = line.dropFirst(2).split(separator: " ").first,
        line.dropFirst(2).first != " ",
        name != "See"
      else { continue }
      found += try await verbs(workplace, below: words + [String(name)])
    }
    return found
  }

  /// The example, of which help may have broken the line.
  private func example(in help: String) -> String? {
    let lines = help.split(separator: "\n", omittingEmptySubsequences: false)
    guard let start = lines.firstIndex(where: { $0.hasPrefix("Example: ") }) else { return nil }
    return lines[start...].prefix { !$0.isEmpty }.joined(separator: " ").split(separator: "Example: ").first.map(
      String.init)
  }

  @Test func `every verb has an example that is no wrong usage`() async throws {
    let workplace = try await Workplace(policy: "checklist: [{ id: quick, check: command, run: \"true\" }]\n")
    let verbs = try await verbs(workplace)
    let names = Set(verbs.map { $0.words.joined(separator: " ") })
    #expect(
      names.isSuperset(of: [
        "", "check", "collect", "deploy", "confirm", "resume", "status", "explain", "rehearse", "snapshot",
        "snapshot create",
        "snapshot verify", "snapshot restore", "snapshot list", "migrate", "migrate plan", "migrate lint", "policy",
        "policy validate",
        "policy show", "policy schema",
      ]), "\(names)")
    for verb in verbs {
      let example = try #require(self.example(in: verb.help), "\(verb.words) has no example")
      #expect(example.hasPrefix((["gatehouse"] + verb.words).joined(separator: " ")), "\(example)")
      // What it writes is for the machine that reads the answer here.
      let command = example.split(separator: " > ")[0]
      let answer = try await workplace.shell(command + " --format json")
      let document = try answer.document()
      #expect(document["schema"] != "gatehouse.usage/v1", "\(example)")
      #expect(document["problems"]?[0]?["code"] != "usage", "\(example): \(answer.talk)")
    }
  }

  @Test func `every verb that judges or acts takes the common options`() async throws {
    let workplace = try await Workplace(policy: "")
    for verb in try await verbs(workplace) where !verb.help.contains("SUBCOMMANDS:") {
      for option in ["--policy", "--environment", "--format"] {
        #expect(verb.help.contains(option), "\(verb.words) has no \(option)")
      }
    }
  }

  @Test(arguments: [["--version"], ["--help"], ["check", "--help"], ["help", "check"], []])
  func `version and help read no policy`(arguments: [String]) async throws {
    let workplace = try await Workplace(policy: "")
    // Whoever opens this waits for a writer that never comes.
    try await workplace.shell("rm gatehouse.yml; mkfifo gatehouse.yml; mkfifo .gatehouse")
    let answer = try await workplace.gatehouse(arguments)
    #expect(answer.exit == 0 && !answer.output.isEmpty && answer.talk.isEmpty)
    if arguments == ["--version"] {
      let parts = answer.output.split(separator: "\n")
      #expect(parts.count == 1 && parts[0].split(separator: ".").count == 3, "\(answer.output)")
    }
  }
}
