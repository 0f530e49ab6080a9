/// Which change of a key is a stricter one (L10). `PolicyFile` compares layers and revisions by it: ``Refinement``.
///
/// Where a key is not written, its standard stands for it; without a standard nothing is asked, unless said otherwise.
enum Tightening: Sendable {
  /// A duration or a number may only go down.
  case down
  /// A duration or a number may only go up.
  case up
  /// A comparison that says what is good must imply the included one.
  case limit
  /// A comparison that says what is bad must be implied by the included one.
  case badLimit
  /// Words from lax to strict.
  case order([String])
  /// Elements may be added only.
  case grows
  /// Elements may be left out only. No list at all accepts everything.
  case shrinks
  /// Names what is not examined, or is let off: may only be left out. No list at all lets nothing off.
  case exempts
  /// Names all that is examined: may only grow. No list at all examines everything.
  case confines
  /// Commands in order: further ones may follow.
  case appends
  /// Days and hours must lie within the included ones.
  case within
  /// Times in which nothing goes out must stay covered.
  case covers
  /// A date may only come earlier.
  case earlier
  /// Stays as it is; no other value is stricter than it.
  case fixed
  /// Stays as it is, and the word stands only where the included policy has it.
  case fixedNever(String)
  /// Says where, who or how it is called, not what is asked: every layer may say it anew.
  case free
}
