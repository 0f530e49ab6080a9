import Core

/// A line of a recorded watch: what one vantage point saw of one probe at one time.
package struct RecordedLook: Hashable, Sendable {
  /// In seconds, from any beginning.
  package var at: Double
  package var probe: String
  package var vantage: String
  package var look: Look

  package init(at: Double, probe: String, vantage: String, _ look: Look) {
    self.at = at
    self.probe = probe
    self.vantage = vantage
    self.look = look
  }
}
