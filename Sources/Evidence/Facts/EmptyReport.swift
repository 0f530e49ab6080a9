import Core

/// A file without anything by which a format could be told. Some tools write one when they found nothing; so does many
/// a tool that failed.
package enum EmptyReport: String, Hashable, Sendable, CaseIterable {
  /// No bytes, or blanks alone.
  case bytes
  /// `[]`
  case list
  /// `{}`
  case object
  case null

  private static let longest = 256

  /// What the whole of a file is; `nil` when there is something in it.
  init?(_ file: [UInt8]) {
    guard file.count <= EmptyReport.longest else { return nil }
    let isMarked = file.starts(with: [0xEF, 0xBB, 0xBF])
    let text = file.dropFirst(isMarked ? 3 : 0).filter { !JSONDocumentReader.isBlank($0) }
    switch String(decoding: text, as: UTF8.self) {
    case "": self = .bytes
    case "[]": self = .list
    case "{}": self = .object
    case "null": self = .null
    default: return nil
    }
  }
}

extension EvidenceFormat {
  /// What a tool writes that looked and found nothing, where that has no form of its own.
  ///
  /// ESLint is not among them: it lists every file that it looked at, so that an empty list means it looked at none.
  package var cleanReports: Set<EmptyReport> {
    switch self {
    case .gitleaks: [.list, .null]
    case .gitlabCodequality, .dependabot: [.list]
    case .bunAudit: [.object]
    case .tsc: [.bytes]
    default: []
    }
  }
}

extension LocatedEvidence {
  /// The facts of a tool's clean run, from a file without content: only where the policy says which tool it is from, and
  /// `gatehouse collect` saw the tool's command write just this and end well. A fault that says what is missing, else.
  ///
  /// - Parameter formats: those that the policy names.
  package func clean(asOneOf formats: [EvidenceFormat]) -> Result<FindingFacts, EvidenceFault>? {
    guard let nothing, let fault else { return nil }
    guard !formats.isEmpty else { return nil }
    let isOfESLint = nothing.form == .list && formats.contains(.eslint)
    guard !isOfESLint, let format = formats.first(where: { $0.cleanReports.contains(nothing.form) }) else {
      let why =
        isOfESLint
        ? "is an empty list, and ESLint lists every file that it looked at: it looked at none"
        : "\(fault.why), which none of the policy's `formats` writes when it finds nothing"
      return .failure(
        EvidenceFault(.empty, path: path, why: why, remedy: "see why the tool wrote nothing, and run it again"))
    }
    if let unbound = nothing.fault { return .failure(unbound) }
    func unseen(_ why: String, _ remedy: String) -> Result<FindingFacts, EvidenceFault> {
      .failure(EvidenceFault(.unbound, path: path, why: why, remedy: remedy))
    }
    guard let exit else {
      return unseen(
        "says nothing by itself, and nobody saw \(format.rawValue) write it",
        "let `gatehouse collect --command '…' \(path)` run \(format.rawValue)")
    }
    guard exit == 0 else {
      return unseen(
        "says nothing, and the command that wrote it ended with exit \(exit)",
        "see why \(format.rawValue) failed, and run it again by `gatehouse collect`")
    }
    var facts = FindingFacts()
    facts.runs = 1
    facts.tools = [format.rawValue]
    return .success(facts)
  }
}
