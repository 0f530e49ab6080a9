package import Core

/// A file that is committed beside a policy: the same YAML as the policy's, the same telling of every problem at once.
package enum CommittedFile {
  package enum Kind: Sendable {
    /// Whose keys count: `gatehouse/people.yml`.
    case people
    /// A pack of controls.
    case controlPack
  }

  /// What a meaning found wrong that the form of the text does not show.
  package struct Findings {
    fileprivate var problems: [PolicyProblem] = []

    /// - Parameter what: a sentence without a full stop, without a secret's value.
    package mutating func report(_ node: PolicyNode, _ what: String, hint: String? = nil) {
      problems.append(PolicyProblem("meaning", at: node.place, length: node.length, what, hint: hint))
    }
  }

  /// - Parameters:
  ///   - file: the name that problems are told with.
  ///   - meaning: makes the value of a tree whose every text has its form.
  package static func read<Value>(
    _ kind: Kind, file: String, bytes: [UInt8], meaning: (PolicyNode, inout Findings) -> Value
  ) -> Result<Value, PolicyProblems> {
    let source: SourceText
    do throws(PolicyProblem) { source = try SourceText(file: file, bytes: bytes) } catch {
      return .failure(PolicyProblems([error], texts: [:]))
    }
    let texts = [file: source]
    let (node, faults) = YAMLReading.node(source)
    guard let node, faults.isEmpty else { return .failure(PolicyProblems(faults, texts: texts)) }
    var validator = Validator()
    switch kind {
    case .people:
      validator.documentName = "the list of people"
      _ = validator.object(node, Language.people, "")
    case .controlPack:
      validator.documentName = "the control pack"
      _ = validator.object(node, Language.controlPack, "")
    }
    guard validator.problems.isEmpty else { return .failure(PolicyProblems(validator.problems, texts: texts)) }
    var findings = Findings()
    let value = meaning(node, &findings)
    guard findings.problems.isEmpty else { return .failure(PolicyProblems(findings.problems, texts: texts)) }
    return .success(value)
  }
}

extension PolicyProblems {
  /// The first of them as one problem, for those who cannot show all: the place, the sentence, and how many more.
  package func first(_ code: String, _ what: String) -> Problem {
    guard let problem = problems.first else { return Problem(code, what) }
    let more = problems.count - 1
    return Problem(
      code, what, place: "\(problem.place.file):\(problem.place.line):\(problem.place.column)",
      why: problem.what + (more == 0 ? "" : ", and \(more) further \(more == 1 ? "problem" : "problems")"),
      remedy: problem.hint ?? "correct it there")
  }
}

extension PolicyNode {
  /// The time that a text of days, weeks or years means.
  package var period: Duration? { text.flatMap { Quantities.duration($0) } }

  /// The first moment, in UTC, of the day that a quoted date names.
  package var utcDate: Timestamp? { text.flatMap { Timestamp(utcDate: $0) } }

  /// A flag without quotes.
  package var flag: Bool? {
    if case .scalar(let text, .plain) = value { Scalars.flag(text) } else { nil }
  }
}
