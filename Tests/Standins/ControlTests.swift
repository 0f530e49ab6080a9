import Core
import FoundationEssentials
import HTTP
import JSONText
import Standins
import TestSupport
import Testing

@Suite struct ControlTests {
  @Test func `nobody controls the stand-in without the key`() async throws {
    try await withStandin { _, calls in
      let answer = try await calls.control("GET", "/state", key: "wrong")
      #expect(answer.status == 403)
    }
  }

  @Test func `the state tells what is where`() async throws {
    try await withStandin { standin, calls in
      _ = try await calls.get("/v9/projects/api")
      let state = try await calls.control("GET", "/state").json
      let live = standin.project("api")?.production
      #expect(state?["projects"]?[0]?["production"]?.string == live)
      #expect(state?["aliases"]?["api.localhost:\(standin.port)"]?.string == live)
      #expect(state?["deployments"]?.array?.count == 2)
      #expect(state?["requests"]?[0]?["path"]?.string == "/v9/projects/api")
    }
  }

  @Test func `faults, pages, projects and releases are made over HTTP`() async throws {
    try await withStandin { standin, calls in
      let fault: JSON = [
        "method": "GET", "path": "/v9/*", "answer": ["status": 503, "body": ["error": ["code": "x"]]],
      ]
      #expect(try await calls.control("POST", "/faults", fault).status == 200)
      #expect(try await calls.get("/v9/projects/api").code == "x")
      let page: JSON = ["path": "/health", "answers": [["effect": "unwell", "times": 1], ["effect": "well"]]]
      #expect(try await calls.control("POST", "/pages", page).status == 200)
      #expect(try await calls.page("api.localhost", "/health").status == 503)
      #expect(try await calls.page("api.localhost", "/health").status == 200)
      let seed: JSON = [
        "name": "web", "releases": ["w1"], "protection": ["wall": "redirect"], "traffic": ["pending": "never"],
        "variables": [["key": "A", "value": "1", "type": "plain"]],
      ]
      #expect(try await calls.control("POST", "/projects", seed).status == 200)
      let before = standin.project("web")?.production
      let release = try await calls.control("POST", "/projects/web/releases", ["commit": "w2"])
      #expect(release.json?["id"]?.string == standin.project("web")?.production)
      #expect(standin.project("web")?.production != before)
      let id = try await calls.stage("api", commit: "new0001")
      #expect(try await calls.control("PATCH", "/deployments/\(id)", ["build": ["outcome": "error"]]).status == 200)
      #expect(try await calls.follow(id)["readyState"]?.string == "ERROR")
    }
  }

  @Test(arguments: [
    ("/faults", #"{"path":"/v9/*","efect":"reset"}"#, "efect"), ("/faults", #"{"effect":"reset"}"#, "path"),
    ("/faults", #"{"path":"*","effect":"explode"}"#, "explode"), ("/faults", #"{"path":"*","count":"some"}"#, "count"),
    ("/pages", #"{"answers":[{"effect":"sing"}]}"#, "sing"),
    ("/projects", #"{"name":"a","traffic":{"pending":{}}}"#, "pace"),
    ("/projects", #"{"name":7}"#, "name"), ("/faults", #"{"#, "1"),
  ])
  func `what is not understood is refused with its place`(path: String, body: String, words: String) async throws {
    try await withStandin { standin, _ in
      var request = HTTPRequest(
        "POST", standin.apiURL + "/__standin" + path, headers: [("x-standin-control", "standin")])
      request.body = .bytes(Array(body.utf8))
      let response = try await CurlTransport(environment: [:]).send(request)
      #expect(response.status == 400)
      #expect(String(decoding: response.body, as: UTF8.self).contains(words))
    }
  }

  @Test func `a stand-in of its own starts from a file and says where it is`() async throws {
    let folder = try TemporaryFolder()
    let state = try folder.write(
      #"{"team":null,"tokens":[{"token":"t"}],"projects":[{"name":"api","releases":["old"]}]}"#, to: "state.json")
    let (lines, said) = AsyncStream.makeStream(of: JSON.self)
    let running = Task {
      try await VercelStandin.runForever(record: folder.path + "/record.jsonl", state: state) { said.yield($0) }
    }
    var iterator = lines.makeAsyncIterator()
    let ready = try await iterator.next().unwrapped("a line")
    let url = try (ready["apiURL"]?.string).unwrapped("apiURL")
    let response = try await CurlTransport(environment: [:]).send(
      HTTPRequest("GET", url + "/v9/projects/api", headers: [("Authorization", "Bearer t")]))
    #expect(response.status == 200)
    running.cancel()
    try await running.value
    let record = try String(contentsOf: URL(filePath: folder.path + "/record.jsonl"), encoding: .utf8)
    #expect(record.split(separator: "\n").count == 1)
  }

  @Test func `what is measured in time goes on when the clock is put forward`() async throws {
    let timing = ManualTiming()
    try await withStandin(configure: { $0.clock = { timing.now().milliseconds } }) { _, calls in
      let build: JSON = [
        "queued": ["milliseconds": 1000], "building": ["milliseconds": 2000], "aliasing": ["polls": 0],
      ]
      _ = try await calls.control("PATCH", "/projects/api", ["build": build])
      let id = try await calls.stage("api", commit: "new0001")
      var states: [String?] = []
      func look() async throws {
        states.append(try await calls.get("/v13/deployments/\(id)").json?["readyState"]?.string)
      }
      try await look()
      timing.advance(by: .milliseconds(1000))
      try await look()
      _ = try await calls.control("POST", "/clock", ["advance": 1999])
      try await look()
      _ = try await calls.control("POST", "/clock", ["advance": 1])
      try await look()
      #expect(states == ["QUEUED", "BUILDING", "BUILDING", "READY"])
    }
  }

  @Test func `lines of one record do not mix`() async throws {
    let folder = try TemporaryFolder()
    let record = folder.path + "/record.jsonl"
    try await withStandin(configure: { $0.record = record }) { _, first in
      try await withStandin(configure: { $0.record = record }) { _, second in
        try await withThrowingTaskGroup(of: Int.self) { group in
          for number in 0..<60 {
            group.addTask { try await (number % 2 == 0 ? first : second).get("/v9/projects/api").status }
          }
          for try await status in group { #expect(status == 200) }
        }
      }
    }
    let lines = try String(contentsOf: URL(filePath: record), encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 60)
    for line in lines { #expect(try JSON(parsing: String(line))["status"]?.integer == 200) }
  }

  @Test func `two stand-ins on one port are refused with the place`() async throws {
    try await withStandin { standin, _ in
      var second = StandinConfiguration()
      second.port = standin.port
      let problem = await #expect(throws: Problem.self) { _ = try await VercelStandin.start(second) }
      #expect(problem?.code == "standin.start")
    }
  }

  @Test func `after stopping nobody answers`() async throws {
    let standin = try await VercelStandin.start(StandinConfiguration(projects: [ProjectSeed("api")]))
    let calls = StandinCalls(standin)
    let first = try await calls.get("/v9/projects/api")
    #expect(first.status == 200)
    await standin.stop()
    await #expect(throws: HTTPFailure.self) { _ = try await calls.get("/v9/projects/api") }
  }
}
