import Core
import JSONText

/// Projects with their domains and variables.
extension VercelWorld {
  mutating func readProject(_ request: APIRequest, _ id: String) -> APIAnswer {
    guard let found = project(id) else { return .empty(404) }  // Seen in the field: this one has no body.
    let asksForJob = request.query("rollbackInfo") == "true"
    if asksForJob { pollJob(of: found.id) }
    return project(found.id).map { .json(json($0, rollbackInfo: asksForJob)) } ?? .notFound
  }

  mutating func changeProject(_ request: APIRequest, _ id: String) -> APIAnswer {
    guard let found = project(id) else { return .notFound }
    let body: JSON
    do { body = try JSON(parsing: request.body) } catch {
      return .error(400, "bad_request", "Invalid request: the body is not JSON: \(error.message)")
    }
    for member in body.members ?? [] where member.key != "autoAssignCustomDomains" {
      return .error(501, "standin_not_implemented", "This stand-in cannot change \(member.key)")
    }
    guard let value = body["autoAssignCustomDomains"] else { return .json(json(found, rollbackInfo: false)) }
    guard let wanted = value.bool else {
      return .error(400, "bad_request", "Invalid request: `autoAssignCustomDomains` should be boolean.")
    }
    change(found.id) { $0.autoAssign = wanted }
    return project(found.id).map { .json(json($0, rollbackInfo: false)) } ?? .notFound
  }

  func domains(_ request: APIRequest, _ id: String) -> APIAnswer {
    guard let found = project(id) else { return .notFound }
    let all = found.domains.map { StandinDomain($0) } + found.otherDomains
    let shown = all.filter { domain in
      if request.query("production") == "true", !domain.isOfProduction { return false }
      if let target = request.query("target"), (target == "production") != domain.isOfProduction { return false }
      if request.query("redirects") == "false", domain.redirect != nil { return false }
      if let wanted = request.query("verified"), domain.isVerified != (wanted == "true") { return false }
      return true
    }
    return .json(placed(request, shown.map { domainJSON($0, of: found) }, "domains"))
  }

  /// One page of a list. `until` is the place to go on from; Vercel's is a time (assumed not to matter to who passes it back).
  func placed(_ request: APIRequest, _ items: [JSON], _ key: String) -> JSON {
    let start = max(0, request.query("until").flatMap { Int($0) } ?? 0)
    let limit = max(1, min(100, request.query("limit").flatMap { Int($0) } ?? 20))
    let shown = items.dropFirst(start).prefix(limit)
    let end = start + shown.count
    return page(Array(shown), key, next: end < items.count ? Int64(end) : nil)
  }

  /// A domain leads to Vercel unless the stand-in was told otherwise.
  func domainConfig(_ host: String) -> APIAnswer {
    let isWrong = configuration.misconfiguredDomains.contains(host)
    return .json([
      "configuredBy": isWrong ? nil : "CNAME", "acceptedChallenges": isWrong ? [] : ["http-01"],
      "recommendedIPv4": [["rank": 1, "value": ["127.0.0.1"]]],
      "recommendedCNAME": [["rank": 1, "value": "cname.localhost"]], "misconfigured": .bool(isWrong),
    ])
  }

  func variables(_ request: APIRequest, _ id: String) -> APIAnswer {
    guard let found = project(id) else { return .notFound }
    let decrypted = request.query("decrypt") == "true"
    return .json(["envs": .array(found.variables.map { json($0, of: found, decrypted: decrypted) })])
  }

  /// The team's variables, by the project they are linked to.
  func sharedVariables(_ request: APIRequest) -> APIAnswer {
    let wanted = request.query("projectId")
    let found = configuration.sharedVariables.filter { shared in
      wanted.map { id in shared.projects.contains { project($0)?.id == id } } ?? true
    }
    return .json(page(found.map { json($0) }, "data"))
  }

  func variable(_ id: String, _ wanted: String) -> APIAnswer {
    guard let found = project(id), let variable = found.variables.first(where: { variableID($0, found) == wanted })
    else {
      return .notFound
    }
    return .json(json(variable, of: found, decrypted: true))
  }

  /// Some of several may fail, and the answer is 201 all the same.
  mutating func addVariables(_ request: APIRequest, _ id: String) -> APIAnswer {
    guard let found = project(id) else { return .notFound }
    let body: JSON
    do { body = try JSON(parsing: request.body) } catch {
      return .error(400, "bad_request", "Invalid request: the body is not JSON: \(error.message)")
    }
    var created: [JSON] = []
    var failed: [JSON] = []
    for entry in body.array ?? [body] {
      guard let key = entry["key"]?.string, let value = entry["value"]?.string,
        let kind = entry["type"]?.string.flatMap({ StandinVariable.Kind(rawValue: $0) })
      else { return .error(400, "bad_request", "Invalid request: a variable needs key, value and type") }
      let targets = entry["target"]?.array?.compactMap(\.string) ?? []
      let made = StandinVariable(key, value, kind, targets: targets)
      let isThere = project(found.id)?.variables.contains { $0.key == key && $0.targets == targets } ?? false
      if isThere, request.query("upsert") != "true" {
        failed.append([
          "error": ["code": "ENV_CONFLICT", "message": "The variable already exists", "key": .string(key)]
        ])
        continue
      }
      change(found.id) { project in
        project.variables.removeAll { $0.key == key && $0.targets == targets }
        project.variables.append(made)
      }
      created.append(json(made, of: found, decrypted: false))
    }
    return .json(["created": .array(created), "failed": .array(failed)], status: 201)
  }
}
