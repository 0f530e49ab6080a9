import Core
import JSONText

/// A provider's answers that were saved to a file: one JSON object with each answer under its name, see
/// `docs/guides/reviews.md`.
package enum SavedAnswer: Sendable {
  case github(GitHubAnswers)
  case gitlab(GitLabAnswers)

  /// Why a text is no saved answer, to follow the file's name, with the place where there is one.
  package struct Fault: Error, Hashable, Sendable {
    package var line: Int?
    package var column: Int?
    package var why: String
    package var remedy: String
    /// Whether it is an answer of another kind, rather than a broken one.
    package var isOtherKind: Bool
  }

  package static let largest = 32 << 20
  private static let howTo = "save it as docs/guides/reviews.md shows"

  package init(_ bytes: [UInt8], from provider: ReviewRules.Provider) throws(Fault) {
    let json: JSON
    do { json = try JSON(parsing: bytes, maximumDepth: 64) } catch {
      // `gh api --paginate` without `--slurp` writes one list after the other.
      throw Fault(
        line: error.line, column: error.column, why: "is no readable JSON: \(error.message)",
        remedy: "\(Self.howTo), with --paginate --slurp", isOtherKind: false)
    }
    func other(_ why: String, _ remedy: String = SavedAnswer.howTo) -> Fault {
      Fault(why: why, remedy: remedy, isOtherKind: true)
    }
    if json.array != nil {
      throw other("is a list alone, and the request that it belongs to is needed, too")
    }
    guard json.members != nil else { throw other("is no JSON object") }
    if json["action"]?.string != nil, json["review"] != nil || json["pull_request"] != nil {
      throw other("is what a webhook was sent: one review, where all of them are needed")
    }
    if json["message"]?.string != nil, json["pull"] == nil, json["merge_request"] == nil {
      throw other("is an error that the provider answered with", "see why, and save it again")
    }
    func list(_ name: String) throws(Fault) -> [JSON] {
      guard let found = json[name] else { throw other("has no '\(name)'") }
      guard let entries = found.array else { throw other("has no list in '\(name)', but perhaps an error") }
      // Pages, as `--slurp` writes them.
      return entries.flatMap { $0.array ?? [$0] }
    }
    func object(_ name: String) throws(Fault) -> JSON {
      guard let found = json[name] else { throw other("has no '\(name)'") }
      guard found.members != nil else { throw other("has no object in '\(name)'") }
      return found
    }
    /// Without it nobody can tell who pushed, which counts against the change.
    func pushes(_ name: String) throws(Fault) -> Result<[JSON], Problem> {
      guard json[name]?.array != nil else {
        return .failure(Problem("review.no-pusher", "the saved answer has no list in '\(name)'"))
      }
      return .success(try list(name))
    }
    switch provider {
    case .github:
      self = .github(
        GitHubAnswers(
          pull: try object("pull"), reviews: try list("reviews"), commits: try list("commits"),
          events: try list("events"), activity: try pushes("activity")))
    case .gitlab:
      self = .gitlab(
        GitLabAnswers(
          project: try object("project"), request: try object("merge_request"), approvals: try object("approvals"),
          versions: try list("versions"), commits: try list("commits"), reviewers: try list("reviewers"),
          notes: try list("notes"), events: try pushes("events")))
    }
  }
}
