/// Looks for secrets in the whole text of a policy: in comments, and in values that what is written upon them replaces.
///
/// The text is kept with every run that it judges, so none may hold one. The validator sees the merged policy only.
enum SecretSearch {
  /// Secrets in the values of an included file.
  static func values(of root: PolicyNode) -> [PolicyProblem] {
    var validator = Validator()
    _ = validator.policy(root)
    return validator.problems.filter { $0.code == "policy.secret" }
  }

  /// Lines that look like a secret and are not told of already.
  static func lines(_ texts: [String: SourceText], known: [PolicyProblem]) -> [PolicyProblem] {
    let told = Set(known.filter { $0.code == "policy.secret" }.map { "\($0.place.line) \($0.place.file)" })
    return texts.values.sorted { $0.file < $1.file }.flatMap { source in
      source.allLines.enumerated().compactMap { index, line in
        guard SecretShapes.looksSecret(line), !told.contains("\(index + 1) \(source.file)") else { return nil }
        return PolicyProblem(
          "secret", at: Place(file: source.file, line: index + 1, column: 1),
          "what looks like a secret is written here (it is not repeated)",
          hint: "take it out, and replace the secret: it was in a file")
      }
    }
  }
}
