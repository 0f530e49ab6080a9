import ArgumentParser
import Core

/// What every verb understands.
struct CommonOptions: ParsableArguments {
  enum Format: String, ExpressibleByArgument, CaseIterable { case human, json }

  @Option(help: ArgumentHelp("The policy file.", valueName: "file"))
  var policy = "gatehouse.yml"

  @Option(help: ArgumentHelp("The environment the policy speaks of.", valueName: "name"))
  var environment = "production"

  @Flag(help: "Words in ASCII for marks and signs, and no colour; as GATEHOUSE_PLAIN does.")
  var plain = false

  @Option(help: "For people, or one JSON document on standard output.")
  var format = Format.human

  func validate() throws {
    guard !policy.isEmpty else { throw ValidationError("--policy names no file.") }
    // It becomes part of names in the store and of what people read.
    guard !environment.isEmpty, environment.unicodeScalars.allSatisfy({ $0.value > 32 && $0.value != 127 }) else {
      throw ValidationError("--environment is a name without blanks.")
    }
  }

  var isForMachines: Bool { format == .json }
}
