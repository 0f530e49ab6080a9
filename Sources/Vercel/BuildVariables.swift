import Core

/// A project's variables as a build for production gets them.
package struct BuildVariables: Sendable {
  /// By name.
  package private(set) var values: [String: Secret] = [:]
  /// Sorted names of those whose value Vercel lets nobody read, or that no program can be given.
  package private(set) var unreadable: [String] = []

  package init(_ variables: [VercelVariable]) {
    var unreadable: Set<String> = []
    // Those of a branch or of a custom environment are for previews.
    for variable in variables
    where variable.targets.contains("production") && variable.gitBranch == nil && !variable.key.isEmpty {
      guard let value = variable.value, !value.reveal().utf8.contains(0), !variable.key.contains("=") else {
        unreadable.insert(variable.key)
        continue
      }
      values[variable.key] = value
    }
    self.unreadable = unreadable.subtracting(values.keys).sorted()
  }

  /// What the machine is, and not the project, says: a build would not find its programs otherwise.
  private static func isOfMachine(_ name: String) -> Bool {
    ["PATH", "HOME", "SHELL", "USER", "LOGNAME", "PWD", "TMPDIR"].contains(name) || name.hasPrefix("LD_")
      || name.hasPrefix("GATEHOUSE_")
  }

  /// The environment of the build: the project's values go before those of this machine, so that what is built is what
  /// production is configured for.
  package func environment(over own: [String: String]) -> [String: String] {
    var environment = own
    environment["VERCEL_ENV"] = "production"
    environment["VERCEL_TARGET_ENV"] = "production"
    for (name, value) in values where !BuildVariables.isOfMachine(name) { environment[name] = value.reveal() }
    return environment
  }
}
