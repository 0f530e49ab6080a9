import Core
import HTTP

/// Gatehouse as a check of a project's deployments (checks, version 2): Vercel promotes a production deployment only when its
/// run of the check has succeeded, whoever asks.
package struct PromotionGuard: Hashable, Sendable {
  package static let name = "Gatehouse"
  /// What it holds back, and for which deployments.
  static let blocks = "deployment-promotion"
  static let targets = ["production"]
  /// Begun when the deployment has an address; it may then be looked at.
  static let requires = "deployment-url"

  /// `nil` of one that is to be made.
  package var id: String?
  package var blocks: String
  package var targets: [String]
  package var requires: String
  /// Seconds until a run without an answer ends as `timeout`, which is no success.
  package var timeout: Int64
  package var createdAt: Int64

  /// What Gatehouse installs.
  package init(timeout: Int64) {
    blocks = PromotionGuard.blocks
    targets = PromotionGuard.targets
    requires = PromotionGuard.requires
    self.timeout = timeout
    createdAt = 0
  }

  init?(json: JSON) {
    guard json["name"]?.string == PromotionGuard.name, let id = json["id"]?.string, id.asPlainName != nil,
      json["deletedAt"]?.integer == nil
    else { return nil }
    self.id = id
    blocks = json["blocks"]?.string ?? ""
    targets = json["targets"]?.array?.compactMap(\.string) ?? []
    requires = json["requires"]?.string ?? ""
    timeout = json["timeout"]?.integer ?? 0
    createdAt = json["createdAt"]?.integer ?? 0
  }

  var body: JSON {
    [
      "name": .string(PromotionGuard.name), "requires": .string(requires), "blocks": .string(blocks),
      "targets": .strings(targets), "isRerequestable": true, "timeout": .integer(timeout),
    ]
  }

  /// Whether it holds back what it should; the timeout may differ.
  package var holds: Bool {
    blocks == PromotionGuard.blocks && (targets.isEmpty || targets.contains("production"))
  }

  func isLike(_ wanted: PromotionGuard) -> Bool {
    blocks == wanted.blocks && targets == wanted.targets && requires == wanted.requires && timeout == wanted.timeout
  }
}

/// What became of an installation.
package enum GuardChange: String, Sendable {
  case installed, updated
  case unchanged
  case removed
  case absent
}

extension VercelClient {
  /// The project's guards, the oldest first; more than one only where two were made at the same time.
  package func guards(of project: String) async throws(VercelProblem) -> [PromotionGuard] {
    let call = VercelCall("GET", ["v2", "projects", project, "checks"], "read the checks of \(project)")
    guard let entries = try await send(call).json["checks"]?.array else {
      throw garbled(call.what, "the answer holds no list of checks")
    }
    return entries.compactMap { PromotionGuard(json: $0) }.sorted {
      ($0.createdAt, $0.id ?? "") < ($1.createdAt, $1.id ?? "")
    }
  }

  /// Makes the project's guard what it should be, and looks whether it is.
  ///
  /// Found by its name: installing again changes nothing. What is live gets the success that it had before there was a
  /// guard, so that production can be promoted back to it.
  package func installGuard(_ wanted: PromotionGuard, in project: VercelProject) async throws(VercelProblem)
    -> GuardChange
  {
    let found = try await guards(of: project.id)
    let change: GuardChange
    if let first = found.first, let id = first.id {
      for extra in found.dropFirst() { try await deleteGuard(extra, in: project.id) }
      change = first.isLike(wanted) && found.count == 1 ? .unchanged : .updated
      if !first.isLike(wanted) {
        var call = VercelCall(
          "PATCH", ["v2", "projects", project.id, "checks", id], "change the guard of \(project.name)",
          safety: .repeatable)
        call.setJSON(wanted.body)
        _ = try await send(call)
      }
    } else {
      change = .installed
      var call = VercelCall("POST", ["v2", "projects", project.id, "checks"], "install the guard of \(project.name)")
      call.setJSON(wanted.body)
      do { _ = try await send(call) } catch  where error.effect == .possible {
        // Whether it arrived is seen below.
        if try await guards(of: project.id).isEmpty { throw error }
      }
    }
    let now = try await guards(of: project.id)
    guard now.count == 1, let made = now.first, made.holds else {
      throw VercelProblem(
        .unconfirmed, "install the guard of \(project.name)",
        why: now.isEmpty
          ? "Vercel does not show it" : "Vercel shows \(now.count), and the first withholds \(now[0].blocks)",
        remedy: "run gatehouse vercel guard install again")
    }
    if change == .installed, let live = project.production?.id {
      try await report(GuardReport(.succeeded, "in production before the guard was installed"), on: live, of: made)
    }
    return change
  }

  package func removeGuard(of project: VercelProject) async throws(VercelProblem) -> GuardChange {
    let found = try await guards(of: project.id)
    guard !found.isEmpty else { return .absent }
    for one in found { try await deleteGuard(one, in: project.id) }
    guard try await guards(of: project.id).isEmpty else {
      throw VercelProblem(
        .unconfirmed, "remove the guard of \(project.name)", why: "Vercel still shows it",
        remedy: "run gatehouse vercel guard remove again")
    }
    return .removed
  }

  private func deleteGuard(_ one: PromotionGuard, in project: String) async throws(VercelProblem) {
    guard let id = one.id else { return }
    var call = VercelCall(
      "DELETE", ["v2", "projects", project, "checks", id], "remove a guard of \(project)", safety: .repeatable)
    call.mayBeEmpty = true
    do { _ = try await send(call) } catch  where error.kind == .notFound {}
  }
}
