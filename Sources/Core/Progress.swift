/// Something worth telling a person while work goes on. Never holds a secret or data.
package struct Progress: Hashable, Sendable {
  /// What it is about, such as `api` or `snapshot`.
  package let subject: String
  package let text: String
  package init(_ subject: String, _ text: String) {
    self.subject = subject
    self.text = text
  }
}

/// Takes progress; must return quickly.
package typealias ProgressSink = @Sendable (Progress) -> Void
