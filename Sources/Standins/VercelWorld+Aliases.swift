import Core
import JSONText

/// The table of hosts.
extension VercelWorld {
  func listAliases(_ request: APIRequest) -> APIAnswer {
    let wanted = request.query("projectId").map { project($0)?.id ?? $0 }
    let shown = aliases.filter { alias in
      wanted.map { $0 == alias.projectID } ?? true && request.query("domain").map { $0 == alias.host } ?? true
    }
    return .json(placed(request, shown.map { json($0) }, "aliases"))
  }

  func readAlias(_ idOrHost: String) -> APIAnswer {
    guard let found = aliases.first(where: { $0.uid == idOrHost }) ?? alias(idOrHost) else { return .notFound }
    return .json(json(found))
  }

  mutating func deleteAlias(_ idOrHost: String) -> APIAnswer {
    guard let found = aliases.first(where: { $0.uid == idOrHost }) ?? alias(idOrHost) else { return .notFound }
    aliases.removeAll { $0.uid == found.uid }
    return .json(["status": "SUCCESS"])
  }

  func aliases(of id: String) -> APIAnswer {
    guard let found = deployment(id) else { return .notFound }
    return .json([
      "aliases": .array(
        aliases.filter { $0.deploymentID == found.id }.map {
          [
            "uid": .string($0.uid), "alias": .string($0.host),
            "created": .string(Timestamp(milliseconds: $0.createdAt).description),
            "redirect": $0.redirect.map { .string($0) } ?? .null,
          ]
        })
    ])
  }

  /// Moves one host by hand. `targets.production` and automatic assignment stay as they are.
  mutating func assign(_ request: APIRequest, to id: String) -> APIAnswer {
    guard let found = deployments.first(where: { $0.id == id && !$0.isDeleted }) else {
      return .error(404, "deployment_not_found", "The deployment was not found")
    }
    let host: String
    do {
      guard let text = try JSON(parsing: request.body)["alias"]?.string, !text.isEmpty else {
        return .error(400, "invalid_alias", "The alias is missing")
      }
      host = text.lowercased()
    } catch {
      return .error(400, "bad_request", "Invalid request: the body is not JSON: \(error.message)")
    }
    if found.state == .error { return .error(410, "gone", "The deployment has failed") }
    guard found.state == .ready else { return .error(400, "deployment_not_ready", "The deployment is not ready") }
    let before = alias(host)
    if let before, before.projectID != found.projectID {
      return .error(403, "alias_in_use", "The alias belongs to another project")
    }
    if let before, before.deploymentID == found.id {
      return .error(
        409, "conflict", "The alias is already assigned to this deployment",
        [("uid", .string(before.uid)), ("alias", .string(before.host))])
    }
    move([before?.host ?? host], to: found.id, in: found.projectID)
    guard let after = alias(host) else { return .notFound }
    return .json(
      .dictionary([
        ("uid", .string(after.uid)), ("alias", .string(after.host)),
        ("created", .string(Timestamp(milliseconds: now).description)),
        ("oldDeploymentId", before.map { .string($0.deploymentID) }),
      ]))
  }
}
