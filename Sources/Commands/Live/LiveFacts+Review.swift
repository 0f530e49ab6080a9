import Checklist
import Core
import Evidence
import Reviews
import Surroundings

extension LiveFacts {
  /// From the provider's API, or from a saved answer of it; then compared with the commit checked out.
  func reviews(_ rules: ReviewRules) async -> Result<ReviewFacts, Problem> {
    do throws(Problem) {
      guard let commit = locator.commit else {
        throw Problem(
          "review.no-commit", "the commit that is decided about is not known",
          remedy: "run the gate in a Git checkout with a commit")
      }
      return .success(
        rules.reports.isEmpty ? try await asked(commit, rules) : try await saved(commit, rules))
    } catch { return .failure(error) }
  }

  // MARK: Asked

  private func asked(_ commit: CommitID, _ rules: ReviewRules) async throws(Problem) -> ReviewFacts {
    let place = try await ReviewPlace(rules, installation)
    guard let reference = rules.tokenReference else { throw Installation.missing("token") }
    let token = try await installation.secrets.resolve(reference)
    do throws(ReviewProblem) {
      switch rules.provider {
      case .github:
        let client = GitHubClient(
          transport: installation.transport, address: place.address, token: token, repository: place.repository,
          timing: installation.timing)
        var answers = try await client.answers(for: commit, change: place.change, base: rules.base)
        try await addMissing(to: &answers)
        answers = try await client.completed(answers)
        return try await facts(of: answers, commit, rules, at: place.address.base + "/repos/\(place.repository)/pulls/")
      case .gitlab:
        let client = GitLabClient(
          transport: installation.transport, address: place.address, token: token, repository: place.repository,
          timing: installation.timing)
        let answers = try await client.completed(
          try await client.answers(for: commit, change: place.change, base: rules.base))
        return try await facts(
          of: answers, commit, rules, at: place.address.base + "/projects/\(place.repository)/merge_requests/")
      }
    } catch { throw error.problem }
  }

  // MARK: Saved

  private func saved(_ commit: CommitID, _ rules: ReviewRules) async throws(Problem) -> ReviewFacts {
    let file: SavedFile
    do throws(EvidenceFault) {
      file = try await locator.savedFile(rules.reports, atMost: SavedAnswer.largest)
    } catch { throw error.saved }
    let answer: SavedAnswer
    do throws(SavedAnswer.Fault) { answer = try SavedAnswer(file.bytes, from: rules.provider) } catch {
      throw EvidenceFault(
        error.isOtherKind ? .unfitting : .unreadable, path: file.path, line: error.line, column: error.column,
        why: error.why, remedy: error.remedy
      ).saved
    }
    var facts: ReviewFacts
    do throws(ReviewProblem) {
      switch answer {
      case .github(var answers):
        try await addMissing(to: &answers)
        facts = try await self.facts(of: answers, commit, rules, at: file.path)
      case .gitlab(let answers): facts = try await self.facts(of: answers, commit, rules, at: file.path)
      }
    } catch {
      let problem = error.problem
      throw Problem(
        problem.code, problem.what, place: DisplayText.bounded(file.path, to: 400), why: problem.why,
        remedy: problem.remedy)
    }
    facts.evidence = [
      EvidenceReference(
        path: file.path, sha256: file.sha256, format: rules.provider.rawValue + "-reviews", commit: facts.head,
        age: file.age)
    ]
    facts.stamps = file.stamps
    return facts
  }

  // MARK: Both

  /// GitHub lists 250 commits of a pull request; the others are read here.
  private func addMissing(to answers: inout GitHubAnswers) async throws(ReviewProblem) {
    guard let range = try answers.missingRange else { return }
    do throws(Problem) {
      answers.furtherPeople = try await installation.source.people(from: range.base, to: range.head)
    } catch { throw ReviewProblem(error) }
  }

  private func facts(
    of answers: GitHubAnswers, _ commit: CommitID, _ rules: ReviewRules, at place: String
  ) async throws(ReviewProblem) -> ReviewFacts {
    let facts = try answers.facts(for: commit, rules)
    return await compared(facts, tree: answers.headTree, reference: "refs/pull/\(facts.change)/head", at: place)
  }

  private func facts(
    of answers: GitLabAnswers, _ commit: CommitID, _ rules: ReviewRules, at place: String
  ) async throws(ReviewProblem) -> ReviewFacts {
    let facts = try answers.facts(for: commit, rules)
    return await compared(facts, tree: nil, reference: "refs/merge-requests/\(facts.change)/head", at: place)
  }

  private func compared(
    _ facts: ReviewFacts, tree: String?, reference: String, at place: String
  ) async -> ReviewFacts {
    var facts = facts
    do throws(Problem) {
      facts.carriage = try await installation.source.carriage(
        of: facts.commit, reviewedAs: facts.head, tree: tree, fetchedFrom: reference)
    } catch { facts.carriage = .unknown(error) }
    facts.evidence = [
      EvidenceReference(
        path: place + String(facts.change), sha256: nil, format: facts.provider.rawValue + "-reviews",
        commit: facts.head, age: .zero)
    ]
    return facts
  }
}

extension EvidenceFault {
  /// The file, its place and why in one sentence; ``EvidenceFault/problem`` says the path twice.
  fileprivate var saved: Problem { Problem("evidence.\(kind.rawValue)", description, remedy: remedy) }
}

/// Where the provider is to be asked: from the policy, else from what the CI says, else from the remote `origin`.
private struct ReviewPlace {
  let address: APIAddress
  let repository: String
  let change: Int?

  init(_ rules: ReviewRules, _ installation: Installation) async throws(Problem) {
    let environment = installation.environment
    let (variable, standard, system): (String, String, CISystem) =
      switch rules.provider {
      case .github: ("GITHUB_API_URL", GitHubClient.standardAddress, .gitHub)
      case .gitlab: ("CI_API_V4_URL", GitLabClient.standardAddress, .gitLab)
      }
    let named = environment[variable].flatMap { $0.isEmpty ? nil : $0 }
    guard let address = APIAddress(rules.api ?? named ?? standard) else {
      throw Problem(
        "review.api", "\(rules.api == nil ? variable : "`api`") is no address that a token may be sent to",
        why: "it must be https://host, or http:// to a loopback host, perhaps with a plain path",
        remedy: "correct it, or leave it out to ask the provider's own")
    }
    // Another system's variables are of another repository.
    let ci = CIRun.detect(environment).flatMap { $0.system == system ? $0 : nil }
    var repository = rules.repository ?? ci?.repository
    if repository == nil { repository = try await installation.source.originRepository() }
    guard let repository else {
      throw Problem(
        "review.repository", "nobody says which repository the reviews are in",
        why: "neither the policy, the CI nor the remote origin names one",
        remedy: "write `repository: owner/name` into the line")
    }
    self.address = address
    self.repository = repository
    change = rules.change ?? (ci?.repository == repository ? ci?.change : nil)
  }
}
