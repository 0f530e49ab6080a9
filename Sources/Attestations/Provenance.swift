import Core

/// Where files come from, as their builder says it: SLSA's provenance 0.2 and 1 (https://slsa.dev/spec/v1.0/provenance).
///
/// Of any other predicate only the commits among the statement's subjects are known.
package struct Provenance: Hashable, Sendable {
  package static let slsa1 = "https://slsa.dev/provenance/v1"
  package static let slsa02 = "https://slsa.dev/provenance/v0.2"

  /// The builder's URI.
  package var builder: String?
  /// In full; what the build was made from, its configuration and its materials. Each once, in order.
  package var commits: [CommitID] = []
  package var started: Timestamp?
  package var finished: Timestamp?

  package init(_ statement: InTotoStatement) {
    let predicate = statement.predicate
    switch statement.predicateType {
    case Provenance.slsa1:
      builder = predicate["runDetails"]?["builder"]?["id"]?.string
      started = Provenance.time(predicate["runDetails"]?["metadata"]?["startedOn"])
      finished = Provenance.time(predicate["runDetails"]?["metadata"]?["finishedOn"])
      for dependency in predicate["buildDefinition"]?["resolvedDependencies"]?.array ?? [] {
        add(dependency)
      }
    case Provenance.slsa02:
      builder = predicate["builder"]?["id"]?.string
      started = Provenance.time(predicate["metadata"]?["buildStartedOn"])
      finished = Provenance.time(predicate["metadata"]?["buildFinishedOn"])
      // What the build was told by is the source itself, whatever it is called.
      add(predicate["invocation"]?["configSource"], isSource: true)
      for material in predicate["materials"]?.array ?? [] { add(material) }
    default: break
    }
    for subject in statement.subjects { add(subject.digests["gitCommit"]) }
  }

  /// A `sha1` is a commit only where Git is the source: of anything else it is the digest of a file, and a file can be
  /// made whose digest is a commit's name.
  private mutating func add(_ source: JSON?, isSource: Bool = false) {
    add(source?["digest"]?["gitCommit"]?.string)
    let uri = source?["uri"]?.string ?? ""
    if isSource || uri.hasPrefix("git+") || uri.hasPrefix("git:") { add(source?["digest"]?["sha1"]?.string) }
  }

  private mutating func add(_ text: String?) {
    guard let commit = text.map({ CommitID($0) }), commit.isComplete, !commits.contains(commit),
      commits.count < Provenance.mostCommits
    else { return }
    commits.append(commit)
  }

  /// More than these are not looked at, so that a long list of dependencies costs nothing.
  private static let mostCommits = 1000

  private static func time(_ json: JSON?) -> Timestamp? { json?.string.flatMap { Timestamp($0) } }
}
