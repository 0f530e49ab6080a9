import ArgumentParser
import Core

/// What every verb understands.
struct CommonOptions: ParsableArguments {
  enum Format: String, ExpressibleByArgument, CaseIterable { case human, json }

  @Option(help: ArgumentHelp("The policy file.", valueName: "file"))
  var policy = "gatehouse.yml"

  @Option(help: ArgumentHelp("The environment the policy speaks of.", valueName: "name"))
  var environment = "production"

  @Option(help: "For people, or one JSON document on standard output.")
  var format = Format.human

  var isForMachines: Bool { format == .json }
}
