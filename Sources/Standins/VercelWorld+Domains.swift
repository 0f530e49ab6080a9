import Core
import JSONText

/// A record of a domain, as the API shows it.
package struct StandinRecord: Hashable, Sendable {
  package var id: String
  package var domain: String
  package var name: String
  package var type: String
  package var value: String
  package var ttl: Int64
  package var priority: Int64?
  package var creator: String
  var createdAt: Int64
}

/// Domains whose names Vercel serves, and the edge's cache.
extension VercelWorld {
  static let recordTypes: Set<String> = ["A", "AAAA", "ALIAS", "CAA", "CNAME", "HTTPS", "MX", "SRV", "TXT", "NS"]

  /// Puts a record into a domain, which is then known.
  @discardableResult
  package mutating func addRecord(
    _ domain: String, _ name: String, _ type: String, _ value: String, ttl: Int64 = 60, priority: Int64? = nil,
    creator: String = "user_standin"
  ) -> String {
    domains.insert(domain)
    let id = "rec_" + mint(domain)
    records.append(
      StandinRecord(
        id: id, domain: domain, name: name, type: type, value: value, ttl: ttl, priority: priority, creator: creator,
        createdAt: now))
    return id
  }

  package mutating func removeRecord(_ id: String) { records.removeAll { $0.id == id } }

  mutating func routeDomain(_ request: APIRequest, _ version: String, _ rest: [String]) -> APIAnswer {
    switch (request.method, version, rest.count) {
    case ("GET", "v4", 3), ("GET", "v5", 3): return listRecords(request, rest[1])
    case ("POST", "v2", 3): return makeRecord(request, rest[1])
    case ("PATCH", "v1", 3) where rest[1] == "records": return changeRecord(request, rest[2])
    case ("DELETE", "v2", 4): return deleteRecord(rest[1], rest[3])
    default: return unknownDomain
    }
  }

  private func listRecords(_ request: APIRequest, _ domain: String) -> APIAnswer {
    guard domains.contains(domain) else { return unknownDomain }
    let all = records.filter { $0.domain == domain }
    let start = max(0, request.query("until").flatMap { Int($0) } ?? 0)
    let limit = max(1, min(100, request.query("limit").flatMap { Int($0) } ?? 20))
    let shown = all.dropFirst(start).prefix(limit)
    let end = start + shown.count
    return .json(page(shown.map(json), "records", next: end < all.count ? Int64(end) : nil))
  }

  private mutating func makeRecord(_ request: APIRequest, _ domain: String) -> APIAnswer {
    guard domains.contains(domain) else { return unknownDomain }
    let form: (name: String, type: String, value: String, ttl: Int64?, priority: Int64?)
    switch recordForm(request) {
    case .failure(let refusal): return refusal.answer
    case .success(let read): form = read
    }
    guard !records.contains(where: { conflicts($0, domain, form.name, form.type, form.value) }) else {
      return .error(409, "conflict", "There is such a record, or one that cannot stand beside it")
    }
    let id = addRecord(domain, form.name, form.type, form.value, ttl: form.ttl ?? 60, priority: form.priority)
    return .json(["uid": .string(id)])
  }

  private mutating func changeRecord(_ request: APIRequest, _ id: String) -> APIAnswer {
    guard let index = records.firstIndex(where: { $0.id == id }) else {
      return .error(404, "not_found", "The record was not found")
    }
    guard records[index].creator != "system" else {
      return .error(403, "forbidden", "The record belongs to Vercel")
    }
    switch recordForm(request) {
    case .failure(let refusal): return refusal.answer
    case .success(let form):
      records[index].name = form.name
      records[index].type = form.type
      records[index].value = form.value
      if let ttl = form.ttl { records[index].ttl = ttl }
      records[index].priority = form.priority
    }
    let record = records[index]
    return .json([
      "id": .string(record.id), "domain": .string(record.domain), "name": .string(record.name),
      "recordType": .string(record.type), "type": "record", "value": .string(record.value),
      "ttl": .integer(record.ttl), "creator": .string(record.creator), "createdAt": .integer(record.createdAt),
    ])
  }

  private mutating func deleteRecord(_ domain: String, _ id: String) -> APIAnswer {
    guard let found = records.first(where: { $0.id == id && $0.domain == domain }) else {
      return .error(404, "not_found", "The record was not found")
    }
    guard found.creator != "system" else { return .error(403, "forbidden", "The record belongs to Vercel") }
    removeRecord(id)
    return .json([:])
  }

  /// Assumed: it answers without a body, and only for projects that are there.
  mutating func purgeCache(_ request: APIRequest) -> APIAnswer {
    guard let name = request.query("projectIdOrName"), let found = project(name) else { return .notFound }
    purged.append(found.id)
    return APIAnswer(status: 200, headers: [], body: [])
  }

  // MARK: -

  private struct Refusal: Error { let answer: APIAnswer }

  private var unknownDomain: APIAnswer { .error(404, "domain_not_found", "The domain was not found") }

  private func recordForm(
    _ request: APIRequest
  ) -> Result<(name: String, type: String, value: String, ttl: Int64?, priority: Int64?), Refusal> {
    func refuse(_ why: String) -> Refusal { Refusal(answer: .error(400, "bad_request", "Invalid request: " + why)) }
    let body: JSON
    do { body = try JSON(parsing: request.body) } catch {
      return .failure(refuse("the body is not JSON: \(error.message)"))
    }
    guard let name = body["name"]?.string, let value = body["value"]?.string, let type = body["type"]?.string,
      VercelWorld.recordTypes.contains(type)
    else { return .failure(refuse("a name, a type or a value is missing")) }
    let ttl = body["ttl"]?.integer
    if let ttl, !(60...2_147_483_647).contains(ttl) { return .failure(refuse("ttl is out of range")) }
    let priority = body["mxPriority"]?.integer
    guard type != "MX" || priority != nil else { return .failure(refuse("mxPriority is missing")) }
    return .success((name, type, value, ttl, priority))
  }

  /// A name with a CNAME has nothing else, and no record is there twice.
  private func conflicts(
    _ record: StandinRecord, _ domain: String, _ name: String, _ type: String, _ value: String
  ) -> Bool {
    guard record.domain == domain, record.name == name else { return false }
    return record.type == type && record.value == value || (record.type == "CNAME") != (type == "CNAME")
      || (type == "CNAME" && record.type == "CNAME")
  }

  private func json(_ record: StandinRecord) -> JSON {
    .dictionary([
      ("id", .string(record.id)), ("slug", .string("\(record.domain)-\(record.name)")), ("name", .string(record.name)),
      ("type", .string(record.type)), ("value", .string(record.value)),
      ("mxPriority", record.priority.map { .integer($0) }), ("priority", record.priority.map { .integer($0) }),
      ("creator", .string(record.creator)), ("created", .integer(record.createdAt)),
      ("updated", .integer(record.createdAt)), ("createdAt", .integer(record.createdAt)),
      ("updatedAt", .integer(record.createdAt)), ("ttl", .integer(record.ttl)),
    ])
  }
}
