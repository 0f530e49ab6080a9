import Core

/// A file that the policy names under `exceptions`, as it is in the commit that is judged.
package struct ExceptionFile: Hashable, Sendable {
  /// Relative to the policy's folder; the pattern when nothing was found.
  package var path: String
  package var outcome: Result<VEXDocument, EvidenceFault>
  /// Lower-case hexadecimal SHA-256 of the bytes that were read; `nil` when none were.
  package var sha256: String?

  package init(path: String, outcome: Result<VEXDocument, EvidenceFault>, sha256: String? = nil) {
    self.path = path
    self.outcome = outcome
    self.sha256 = sha256
  }

  package var fault: EvidenceFault? {
    if case .failure(let fault) = outcome { fault } else { nil }
  }
}

/// All that the policy names under `exceptions` of one line.
package struct ExceptionFiles: Hashable, Sendable {
  package var files: [ExceptionFile]
  /// What a person should know, such as a pattern that names no file.
  package var notes: [String]

  package init(_ files: [ExceptionFile] = [], notes: [String] = []) {
    self.files = files
    self.notes = notes
  }
}
