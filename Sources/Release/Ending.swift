import Core

/// The four ways in which a run ends (law L3).
package enum Ending: String, Sendable, CaseIterable {
  case released
  /// Production was never touched.
  case unchanged
  /// Everything that was done is undone, and production was seen to be well.
  case rolledBack = "rolled-back"
  /// What is where stands in the journal; `resume --forward` or `resume --back` goes on.
  case needsPerson = "needs-person"
}

/// Which way a person sends a run that needed one.
package enum Choice: String, Sendable, CaseIterable { case forward, back }
