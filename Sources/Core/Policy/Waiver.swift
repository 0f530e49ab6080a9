/// A person's accepted exception, with an end: something known to be bad that does not shut the gate until then.
package struct Waiver: Hashable, Sendable {
  package var id: String
  /// The line of the checklist.
  package var appliesTo: CheckID
  /// A finding's id or one of its other names, exactly; `nil` means any finding of the path or the component, and on
  /// other lines than `findings` the line as a whole.
  package var finding: String?
  /// A glob of files; findings only.
  package var path: String?
  /// A package URL or a package's name; findings only.
  package var component: String?
  package var reason: String
  package var owner: String
  /// The first day, or moment, on which it no longer holds, local to the policy's `timezone`.
  package var until: String
  /// The line in the policy file.
  package var line: Int

  package init(
    id: String, appliesTo: CheckID, finding: String? = nil, path: String? = nil, component: String? = nil,
    reason: String, owner: String, until: String, line: Int = 0
  ) {
    self.id = id
    self.appliesTo = appliesTo
    self.finding = finding
    self.path = path
    self.component = component
    self.reason = reason
    self.owner = owner
    self.until = until
    self.line = line
  }
}
