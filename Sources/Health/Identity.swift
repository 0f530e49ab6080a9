import Core
import HTTP
import JSONText

extension IdentityRule {
  var path: String? {
    switch self {
    case .json(let path, _), .header(let path, _), .text(let path): path
    case .none: nil
    }
  }
}

/// Whether the one who answers is the release we mean to look at.
enum Identity {
  /// The longest answer that is read for it: a health document, not a page.
  static let largest = 256 << 10

  /// A sample of another release tells nothing about ours, neither good nor bad; and a good one tells nothing as long
  /// as nobody says whose it is. A bad one stays bad when the identity cannot be read: broken releases cannot say who
  /// they are.
  static func judge(
    _ sample: Sample, _ rule: IdentityRule, _ expected: ExpectedIdentity, _ answer: Result<HTTPResponse, HTTPFailure>
  ) -> Sample {
    var sample = sample
    switch read(rule, answer) {
    case .success(let served) where expected.isNamed(by: served): return sample
    case .success(let served):
      sample.verdict = .blind
      sample.cause = .wrongRelease
      sample.reason =
        "answers as \(CommitID(served).isComplete ? CommitID(served).short : served.shown), not \(expected.words)"
    case .failure(let why):
      guard sample.verdict == .well else { return sample }
      sample.verdict = .blind
      sample.cause = .wrongRelease
      sample.reason += ", but which release answered is not known: \(why.reason)"
    }
    return sample
  }

  struct Unreadable: Error { var reason: String }

  /// The text that names the release, less blanks.
  static func read(
    _ rule: IdentityRule, _ answer: Result<HTTPResponse, HTTPFailure>
  ) -> Result<String, Unreadable> {
    let response: HTTPResponse
    switch answer {
    case .failure(let failure):
      return .failure(Unreadable(reason: HTTPJudgement.judge(failure, after: .zero).reason))
    case .success(let found): response = found
    }
    if let wall = HTTPJudgement.wall(response) { return .failure(Unreadable(reason: wall.reason)) }
    if let cached = HTTPJudgement.cached(response) { return .failure(Unreadable(reason: cached)) }
    let served: String?
    switch rule {
    case .header(_, let name): served = response.header(name)
    case .text: served = response.body.count <= 256 ? String(validating: response.body, as: UTF8.self) : nil
    case .json(_, let pointer):
      do {
        let document = try JSON(parsing: response.body, maximumDepth: 64)
        let values = try document.values(at: pointer)
        served = values.count == 1 ? values.first?.string : nil
      } catch {
        return .failure(Unreadable(reason: "HTTP \(response.status), the body is no JSON"))
      }
    case .none: served = nil
    }
    guard let text = served?.trimmed, !text.isEmpty else {
      return .failure(Unreadable(reason: "HTTP \(response.status) names none"))
    }
    return .success(text)
  }
}
