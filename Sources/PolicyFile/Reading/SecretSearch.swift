/// Looks for secrets in the whole text of a layer: in comments, and in values that what is written upon it replaces.
///
/// The text is kept with every run that it judges, so none may hold one. The validator sees the merged policy only.
enum SecretSearch {
  static func problems(in source: SourceText, _ root: PolicyNode) -> [PolicyProblem] {
    var validator = Validator()
    _ = validator.policy(root)
    var found = validator.problems.filter { $0.code == "policy.secret" }
    let known = Set(found.map(\.place.line))
    for (number, line) in source.allLines.enumerated() where !known.contains(number + 1) {
      guard SecretShapes.looksSecret(line) else { continue }
      let place = Place(file: source.file, line: number + 1, column: 1)
      found.append(
        PolicyProblem(
          "secret", at: place, "what looks like a secret is written here (it is not repeated)",
          hint: "take it out, and replace the secret: it was in a file"))
    }
    return found
  }
}
