import Core

/// The environment a team's command gets: what Gatehouse was given, less the secrets that the policy names.
package enum CleanEnvironment {
  /// A value shorter than this is too common to be told apart from others by being equal.
  private static let shortestTelling = 8

  /// Leaves out the variables that the policy reads secrets from, and every other one that holds the same value.
  package static func forCommand(
    _ full: [String: String], removing secrets: some Sequence<SecretReference>
  ) -> [String: String] {
    var names: Set<String> = []
    for case .environment(let name) in secrets { names.insert(name) }
    let values = Set(names.compactMap { full[$0] }.filter { $0.utf8.count >= shortestTelling })
    return full.filter { !names.contains($0.key) && !values.contains($0.value) }
  }
}
