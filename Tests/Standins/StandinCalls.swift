import Core
import HTTP
import JSONText
import OpenSSL
import Standins

/// Calls of the stand-in's API over real HTTP, in as few words as possible.
struct StandinCalls {
  let standin: VercelStandin
  var token = "standin-token"
  var scope = "slug=acme"
  private let transport = CurlTransport(environment: [:])

  init(_ standin: VercelStandin) { self.standin = standin }

  struct Answer {
    let status: Int
    let response: HTTPResponse
    /// `nil` when the body is empty.
    let json: JSON?
    var code: String? { json?["error"]?["code"]?.string }
  }

  func call(
    _ method: String, _ path: String, _ body: JSON? = nil, headers: [(name: String, value: String)] = []
  ) async throws -> Answer {
    // The scope belongs on every call but those about the account itself.
    let suffix = scope.isEmpty || ["/v2/user", "/v2/teams", "/v5/user/tokens/current"].contains(path) ? "" : scope
    let url = standin.apiURL + path + (suffix.isEmpty ? "" : (path.contains("?") ? "&" : "?") + suffix)
    var request = HTTPRequest(method, url, headers: [("Authorization", "Bearer " + token)] + headers)
    if let body {
      request.headers.append(("Content-Type", "application/json"))
      request.body = .bytes(Array(body.text().utf8))
    }
    let response = try await transport.send(request)
    let json = response.body.isEmpty ? nil : try JSON(parsing: response.body)
    return Answer(status: response.status, response: response, json: json)
  }

  func get(_ path: String) async throws -> Answer { try await call("GET", path) }

  func upload(_ text: String, digest: String? = nil) async throws -> Answer {
    let bytes = Array(text.utf8)
    var request = HTTPRequest(
      "POST", standin.apiURL + "/v2/files?" + scope,
      headers: [
        ("Authorization", "Bearer " + token), ("Content-Type", "application/octet-stream"),
        ("x-vercel-digest", digest ?? sha1(text)),
      ])
    request.body = .bytes(bytes)
    let response = try await transport.send(request)
    return Answer(status: response.status, response: response, json: try JSON(parsing: response.body))
  }

  /// A page of a deployment: the stand-in's port, the wanted host.
  func page(_ host: String, _ path: String, headers: [(name: String, value: String)] = []) async throws -> HTTPResponse
  {
    try await transport.send(HTTPRequest("GET", standin.apiURL + path, headers: [("Host", host)] + headers))
  }

  func control(_ method: String, _ path: String, _ body: JSON? = nil, key: String = "standin") async throws -> Answer {
    try await call(method, "/__standin" + path, body, headers: [("x-standin-control", key)])
  }

  /// Creates a staged production deployment and returns its id.
  func stage(_ project: String, commit: String, _ extras: [JSON.Member] = []) async throws -> String {
    let body: [JSON.Member] = [
      .init("name", .string(project)), .init("project", .string(project)), .init("target", "production"),
      .init("autoAssignCustomDomains", false), .init("meta", ["gatehouseCommit": .string(commit)]), .init("files", []),
    ]
    let answer = try await call("POST", "/v13/deployments", .object(body + extras))
    return try (answer.json?["id"]?.string).unwrapped("an id of the deployment")
  }

  /// Asks until it is ready and its aliases are assigned; at most 20 times.
  func follow(_ id: String) async throws -> JSON {
    var last = JSON.null
    for _ in 0..<20 {
      last = try await get("/v13/deployments/" + id).json ?? .null
      if last["aliasAssigned"]?.bool == true || last["readyState"]?.string == "ERROR" { break }
    }
    return last
  }

  /// Asks for the project until its job is over; at most 20 times.
  func settle(_ project: String) async throws -> JSON {
    var last = JSON.null
    for _ in 0..<20 {
      last = try await get("/v9/projects/\(project)?rollbackInfo=true").json ?? .null
      if let status = last["lastAliasRequest"]?["jobStatus"]?.string, !["pending", "in-progress"].contains(status) {
        break
      }
    }
    return last
  }

  func sha1(_ text: String) -> String { Digest.hex(Digest.sha1(Array(text.utf8))) }
}

struct Absent: Error { let what: String }

extension Optional {
  func unwrapped(_ what: String) throws -> Wrapped {
    guard let self else { throw Absent(what: what) }
    return self
  }
}

/// A stand-in with one project, for the time of the body.
func withStandin<Answer>(
  _ seeds: [ProjectSeed] = [ProjectSeed("api", releases: ["old0001", "old0002"])],
  configure: (inout StandinConfiguration) -> Void = { _ in },
  _ body: (VercelStandin, StandinCalls) async throws -> Answer
) async throws -> Answer {
  var configuration = StandinConfiguration(projects: seeds)
  configure(&configuration)
  let standin = try await VercelStandin.start(configuration)
  do {
    let answer = try await body(standin, StandinCalls(standin))
    await standin.stop()
    return answer
  } catch {
    await standin.stop()
    throw error
  }
}
