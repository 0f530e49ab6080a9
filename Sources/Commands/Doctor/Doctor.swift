import Core

/// Looks at everything that a release will need, and changes nothing.
///
/// Each part gives its own lines; a part that fails is a line of its own, and the others are looked at all the same.
struct Doctor: Sendable {
  let session: Session

  var installation: Installation { session.installation }
  var policy: Policy { session.policy }

  /// In the order of the parts.
  func findings() async -> [DoctorFinding] {
    var findings = policyFindings() + (await secretFindings()) + (await sourceFindings()) + (await storeFindings())
    findings += await databaseFindings()
    findings += await vercelFindings()
    return findings
  }
}
