import Core

/// Why an answer is no use. None of the texts holds the token or anything out of a body.
package struct ReviewProblem: Error, Hashable, Sendable {
  /// The status of the answer, when there was one.
  package var status: Int?
  package var problem: Problem

  /// Somebody else's problem, met on the way.
  package init(_ problem: Problem) { self.problem = problem }

  init(_ kind: String, _ what: String, place: String? = nil, why: String? = nil, remedy: String, status: Int? = nil) {
    self.status = status
    problem = Problem("review." + kind, what, place: place, why: why, remedy: remedy)
  }
}
